import { readFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import type { z } from 'zod'
import { UsageError } from '../../core/errors.ts'
import type { Config, Unavailable } from '../config.ts'
import { type ConfigFile, fileSchema } from '../schema/file-schema.ts'
import { knownKeys } from '../schema/json-schema.ts'
import { findBuiltInDatabases } from './built-in.ts'
import { checkReferences } from './check-references.ts'
import { completeUrl } from './complete-url.ts'
import { didYouMean } from './did-you-mean.ts'
import { expandVariables } from './expand-variables.ts'
import { findConfigFile } from './find-config-file.ts'
import { parseYaml } from './parse-yaml.ts'
import { displayKey, displayProblem, type Problem, pathKey } from './problem.ts'
import { type EnvironmentSources, envFileOf, readEnvironment } from './read-environment.ts'
import { resolveConfig } from './resolve-config.ts'

/** Where the configuration comes from. Paths are relative to `cwd`. */
interface ConfigSources extends EnvironmentSources {
  /** A file to read instead of `mbsync.yaml`; it must exist. */
  readonly configPath?: string | undefined
}

/**
 * Reads the environment, `.env` and `mbsync.yaml`: the one place that does.
 * @throws UsageError that lists every problem of the file with its path, and no value of it
 */
export function loadConfig(sources: ConfigSources): Config {
  const path = findConfigFile(sources.cwd, sources.configPath)
  const places = { ...sources, folder: path === undefined ? undefined : dirname(path) }
  const variables = readEnvironment(places)
  const builtIn = findBuiltInDatabases(variables)
  const file = path === undefined ? checkFile({}) : checkText(readText(path), variables, builtIn.unavailable)
  if (file.content === undefined || file.problems.length > 0) {
    throw invalidFile(path === undefined ? '' : relative(sources.cwd, path), file.problems)
  }
  const paths = { cwd: sources.cwd, path, envFile: envFileOf(places) }
  return deepFreeze(resolveConfig(paths, file.content, builtIn, variables))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UsageError(`The configuration file ${path} cannot be read`, {
      hint: 'Check that it is a file and that this user may read it.',
      cause,
    })
  }
}

/** Every step runs whatever the others find, so that all problems are told at once. */
function checkText(
  text: string,
  variables: ReadonlyMap<string, string>,
  unavailable: ReadonlyMap<string, Unavailable>,
): CheckedFile {
  const yaml = parseYaml(text)
  if (yaml.tree === undefined) return { content: undefined, problems: yaml.problems }
  const expanded = expandVariables(yaml.tree, variables)
  const { content, problems } = checkFile(expanded.tree)
  const { databases, problems: incomplete } = completeUrls(content?.databases ?? {}, variables)
  const further = [...problems, ...incomplete, ...checkReferences(expanded.tree, unavailable)]
  const told = new Set(expanded.problems.map(({ path }) => pathKey(path)))
  const untold = further.filter(({ path }) => !told.has(pathKey(path)))
  return {
    content: content && { ...content, databases },
    problems: [...yaml.problems, ...expanded.problems, ...untold],
  }
}

/** Adds to the URLs of a file what comes from elsewhere. */
function completeUrls(
  declared: ConfigFile['databases'],
  variables: ReadonlyMap<string, string>,
): { readonly databases: ConfigFile['databases']; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const complete = (name: string, key: 'url' | 'maintenanceUrl', url: string): string => {
    const completed = completeUrl(url, variables)
    if ('url' in completed) return completed.url
    problems.push({ path: ['databases', name, key], message: completed.problem })
    return url
  }
  const databases = Object.entries(declared).map(([name, database]) => {
    const { url, maintenanceUrl } = database
    const further =
      maintenanceUrl === undefined ? {} : { maintenanceUrl: complete(name, 'maintenanceUrl', maintenanceUrl) }
    return [name, { ...database, url: complete(name, 'url', url), ...further }]
  })
  return { databases: Object.fromEntries(databases), problems }
}

function invalidFile(path: string, problems: readonly Problem[]): UsageError {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  return new UsageError(`${path} has ${count}`, {
    problems: problems.map(displayProblem),
    hint: 'Every key is described in docs/CONFIGURATION.md.',
  })
}

/** Freezes a value and everything in it, and returns it. The entries of a Map are frozen, the Map by its type only. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  const inner = value instanceof Map ? value.values() : Object.values(value)
  for (const item of inner) deepFreeze(item)
  return value
}

/** What a check of a file found. `content` is undefined if the file cannot be used. */
interface CheckedFile {
  readonly content: ConfigFile | undefined
  readonly problems: readonly Problem[]
}

/** Parses the tree of a file against the schema, and finds everything in it that does not fit. */
function checkFile(tree: unknown): CheckedFile {
  const { data, error } = fileSchema.safeParse(tree)
  return { content: data, problems: (error?.issues ?? []).flatMap((issue) => explainIssue(issue, tree)) }
}

function explainIssue(issue: z.core.$ZodIssue, tree: unknown): Problem[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path, message: explainUnknownKey(key, path) }))
  }
  const meant = issue.code === 'invalid_union' ? meantBranch(issue.errors) : undefined
  if (meant !== undefined) {
    return meant.flatMap((inner) => explainIssue({ ...inner, path: [...path, ...inner.path] }, tree))
  }
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path, message }))
  const value = valueAt(tree, path)
  if (value === undefined) return [{ path, message: 'is missing' }]
  if (value === null) return [{ path, message: 'is empty; give it a value or remove the key' }]
  return [{ path, message: issue.message }]
}

/** What is wrong with the one form that the value has, if it has the shape of one: what is within it is wrong, then, or a key. */
function meantBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | undefined {
  const fitting = branches.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  )
  return fitting.length === 1 ? fitting[0] : undefined
}

function explainUnknownKey(key: string, path: readonly PropertyKey[]): string {
  return `unknown key \`${displayKey(key)}\`${didYouMean(key, knownKeys(path))}`
}

function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, step) => {
    return typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined
  }, tree)
}
