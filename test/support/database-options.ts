import type { DatabaseOptions } from '../../src/postgres/database.ts'

/** How a test opens a database itself; named as a configuration names it. */
export function databaseOptions(url: string, role: DatabaseOptions['role'] = 'target'): DatabaseOptions {
  return {
    name: role === 'target' ? 'staging' : 'production',
    url,
    role,
    connectMs: 10_000,
    lockMs: 3000,
    silenceMs: 300_000,
    signal: new AbortController().signal,
  }
}
