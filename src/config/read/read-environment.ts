import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'dotenv'
import { UsageError } from '../../core/errors.ts'

/** Where variables come from. Paths are relative to `cwd`. */
export interface EnvironmentSources {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** A file to read in place of `.env`; it must exist. */
  readonly envFilePath?: string | undefined
}

/**
 * The variables of the environment, and those of `.env` that the environment does not set. `env` is left as it is.
 * @throws UsageError if a file that must exist does not, or one cannot be read
 */
export function readEnvironment({ cwd, env, envFilePath }: EnvironmentSources): ReadonlyMap<string, string> {
  const path = resolve(cwd, envFilePath ?? '.env')
  const variables = new Map(Object.entries(parse(readEnvFile(path, envFilePath !== undefined))))
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined) variables.set(name, value)
  }
  return variables
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
