import { execFileSync } from 'node:child_process'
import { dirname } from 'node:path'

/** The PostgreSQL of this machine with its client programs, if there is one. */
export function installedPostgres(): { major: number; installation: string } | undefined {
  try {
    const bin = execFileSync('pg_config', ['--bindir'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    const version = execFileSync(`${bin}/postgres`, ['--version'], { encoding: 'utf8' })
    return { major: Number(/(\d+)/.exec(version)?.[1]), installation: dirname(bin) }
  } catch {
    return undefined
  }
}
