import type { Config } from '../config/config.ts'
import { loadConfig as readConfig } from '../config/read/load-config.ts'
import { checkOptions } from './check-options.ts'

/** Where a program has its configuration. Paths are relative to `cwd`. */
export interface LoadConfigOptions {
  /** The working directory of the process unless given. */
  readonly cwd?: string | undefined
  /** The environment of the process unless given. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** A file to read instead of `mbsync.yaml`; it must exist. */
  readonly configPath?: string | undefined
  /** A file of variables to read instead of `.env`; it must exist. */
  readonly envFilePath?: string | undefined
}

/**
 * Reads `mbsync.yaml`, `.env` and the environment, as the command line does. The result holds credentials.
 * @throws UsageError that lists every problem
 */
export function loadConfig(options: LoadConfigOptions = {}): Config {
  checkOptions('loadConfig', options)
  const { cwd = process.cwd(), env = process.env, configPath, envFilePath } = options
  return readConfig({ cwd, env, configPath, envFilePath })
}
