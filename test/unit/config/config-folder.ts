import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { loadConfig } from '../../../src/config/read/load-config.ts'
import { UsageError } from '../../../src/core/errors.ts'

export const PRODUCTION_URL = 'postgres://reader:s3cret@db.example.com:5432/app'
export const STAGING_URL = 'postgres://writer:hush@staging.example.com/app'

/** Both variables of the built-in databases. */
export const URLS = { PRODUCTION_DATABASE_URL: PRODUCTION_URL, STAGING_DATABASE_URL: STAGING_URL }

/** A folder with these files, removed when the test ends. A file without text is a folder. */
export function configFolder(files: Readonly<Record<string, string | undefined>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    if (text === undefined) mkdirSync(join(folder, name))
    else writeFileSync(join(folder, name), text)
  }
  return folder
}

/** The configuration of an `mbsync.yaml` with this text. */
export function load(yaml: string, env: Record<string, string> = URLS): Config {
  return loadConfig({ cwd: configFolder({ 'mbsync.yaml': yaml }), env })
}

/** The error that `action` throws, which must be one of usage. */
export function usageErrorOf(action: () => unknown): UsageError {
  try {
    action()
  } catch (error) {
    if (error instanceof UsageError) return error
    throw error
  }
  throw new Error('Nothing was thrown')
}
