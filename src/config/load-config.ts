import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { UsageError } from '../core/errors.ts'
import { findBuiltInDatabases } from './built-in.ts'
import { checkFile } from './check-file.ts'
import { checkReferences } from './check-references.ts'
import type { Config } from './config.ts'
import { deepFreeze } from './deep-freeze.ts'
import { expandVariables } from './expand-variables.ts'
import type { ConfigFile } from './file-schema.ts'
import { findConfigFile } from './find-config-file.ts'
import { parseYaml } from './parse-yaml.ts'
import { displayProblem, type Problem, pathKey } from './problem.ts'
import { type EnvironmentSources, readEnvironment } from './read-environment.ts'
import { resolveConfig } from './resolve-config.ts'

/** Where the configuration comes from. Paths are relative to `cwd`. */
export interface ConfigSources extends EnvironmentSources {
  /** A file to read in place of `mbsync.yaml`; it must exist. */
  readonly configPath?: string | undefined
}

/**
 * Reads the environment, `.env` and `mbsync.yaml`: the one place that does.
 * @throws UsageError that lists every problem of the file with its path, and no value of it
 */
export function loadConfig(sources: ConfigSources): Config {
  const variables = readEnvironment(sources)
  const path = findConfigFile(sources.cwd, sources.configPath)
  const builtIn = findBuiltInDatabases(variables)
  const { file, problems } = path === undefined ? NO_FILE : readFile(path, variables, builtIn.unavailable)
  if (path !== undefined && file === undefined) throw invalidFile(relative(sources.cwd, path), problems)
  return deepFreeze(resolveConfig(path, file ?? { databases: {}, profiles: {} }, builtIn))
}
