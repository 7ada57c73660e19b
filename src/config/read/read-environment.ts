import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'dotenv'
import { UsageError } from '../../core/errors.ts'

/** Where variables come from. Paths are relative to `cwd`, where `.env` is if it is not in `folder`. */
export interface EnvironmentSources {
  readonly cwd: string
  /** The folder of the configuration file. */
  readonly folder?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** A file to read instead of `.env`; it must exist. */
  readonly envFilePath?: string | undefined
}

/**
 * The variables of the environment, and those of `.env` that the environment does not set. `env` is left as it is.
 * @throws UsageError if a file that must exist does not, or one cannot be read
 */
export function readEnvironment(sources: EnvironmentSources): ReadonlyMap<string, string> {
  const text = readEnvFile(envFileOf(sources), sources.envFilePath !== undefined)
  const variables = new Map([...Object.entries(parse(text)), ...wholeUrls(text)])
  for (const [name, value] of Object.entries(sources.env)) {
    if (value !== undefined) variables.set(name, value)
  }
  return variables
}

/** In a value without quotes, `#` begins a comment. Here it stands in a user name or password of a database URL. */
const CUT_URLS = /^\s*(?:export\s+)?([\w.-]+)\s*[=:]\s*(postgres(?:ql)?:\/\/[^\s#'"`/]*#[^\s]*@[^\s]*)/gm

/** Such URLs as they stand in the file, with which nothing connects: what is left of them would show the beginning of a password as the host. */
function wholeUrls(text: string): [string, string][] {
  return Array.from(text.matchAll(CUT_URLS), ([, name = '', url = '']) => [name, url])
}

/** The absolute path of the file of variables, which need not be there. */
export function envFileOf({ cwd, folder, envFilePath }: Omit<EnvironmentSources, 'env'>): string {
  if (envFilePath !== undefined) return resolve(cwd, envFilePath)
  const beside = folder === undefined ? undefined : join(folder, '.env')
  return beside !== undefined && existsSync(beside) ? beside : resolve(cwd, '.env')
}

function readEnvFile(path: string, mustExist: boolean): string {
  try {
    // Some editors open a file with a byte order mark, which would become part of the first name.
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  } catch (cause) {
    if (!mustExist && isAbsent(cause)) return ''
    throw new UsageError(`The environment file ${path} cannot be read`, {
      hint: 'Check that the file exists and that this user may read it.',
      cause,
    })
  }
}

/** A folder named `.env` is a Python environment, not a file of variables. */
function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR')
}
