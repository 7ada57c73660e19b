import { existsSync, lstatSync, statSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BUILT_IN_DATABASES } from '../../config/read/built-in.ts'
import { completeUrl } from '../../config/read/complete-url.ts'
import { CONFIG_FILE_NAMES } from '../../config/read/find-config-file.ts'
import { findUrlProblem } from '../../config/read/find-url-problem.ts'
import { INIT_TEMPLATE } from '../../config/schema/init-template.ts'
import { withSchemaOf } from '../../config/schema/schema-file.ts'
import { UsageError } from '../../core/errors.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { withSource } from '../../run/databases.ts'
import { describeSurvey } from './describe-survey.ts'
import { type SurveyedTable, surveySource } from './survey-source.ts'

/** Asks a person; what is typed is not shown. */
export type Ask = (question: string) => Promise<string>

/** What `init` is asked. */
export interface InitOptions {
  /** The folder that the files are written to. */
  readonly cwd: string
  /** Whether an `mbsync.yaml` that is there is replaced. */
  readonly force: boolean
  /** The variables of the environment and of `.env`. */
  readonly variables: ReadonlyMap<string, string>
  /** The URLs that were given, by the name of the database. */
  readonly urls: Readonly<Record<string, string | undefined>>
  /** Undefined where nobody can be asked. */
  readonly ask: Ask | undefined
}

/** The files that `init` wrote. */
export interface WrittenConfig {
  readonly path: string
  /** Undefined if the variables are set already. */
  readonly envPath: string | undefined
  /** What was found in the source; undefined if nobody looked. */
  readonly tables: readonly SurveyedTable[] | undefined
  /** The variables that the file refers to and that must be set. */
  readonly envVariables: readonly string[]
}

const SURVEY_TIMEOUTS = { connectMs: 10_000, lockMs: 30_000, silenceMs: 300_000 }

/**
 * Writes an `mbsync.yaml` that fits the source, and a `.env` with the URLs that are not set yet. Nothing is written before all is known.
 * @throws UsageError if a file would be overwritten or a URL is missing; FailedError if the source cannot be read
 */
export async function writeFirstConfig(options: InitOptions, context: JobContext): Promise<WrittenConfig> {
  const { cwd, force } = options
  const path = freePath(cwd, force)
  const { urls, unset } = await findUrls(options, context)
  const { name } = BUILT_IN_DATABASES[0]
  const completed = completeUrl(urls[0] ?? '', options.variables)
  if ('problem' in completed) throw new UsageError(`The URL of ${name} ${completed.problem}`)
  const from = { name, url: completed.url, isProtected: true }
  const tables = await withSource({ from, timeouts: SURVEY_TIMEOUTS }, context, surveySource)
  const envPath = unset.length === 0 ? undefined : join(cwd, '.env')
  if (envPath !== undefined) await write(envPath, envText(unset), { mode: 0o600 })
  try {
    await write(path, withSchemaOf(cwd, describeSurvey(tables)), { isReplaced: force })
  } catch (error) {
    if (envPath !== undefined) await rm(envPath)
    throw error
  }
  return { path, envPath, tables, envVariables: ENV_VARIABLES }
}

/**
 * Writes an `mbsync.yaml` that shows every key, without a look at any database.
 * @throws UsageError if there is one and `force` is not set, or if the file cannot be written
 */
export async function writeBlankConfig({
  cwd,
  force,
}: {
  cwd: string
  force: boolean
}): Promise<WrittenConfig> {
  const path = freePath(cwd, force)
  await write(path, withSchemaOf(cwd, INIT_TEMPLATE), { isReplaced: force })
  return { path, envPath: undefined, tables: undefined, envVariables: ENV_VARIABLES }
}

const ENV_VARIABLES = BUILT_IN_DATABASES.map(({ variable }) => variable)

function freePath(cwd: string, force: boolean): string {
  const [name, otherName] = CONFIG_FILE_NAMES
  if (isTaken(join(cwd, otherName))) {
    throw new UsageError(`${otherName} is already in ${cwd}`, {
      hint: `Edit it, or rename it first: with ${name} beside it, mbsync would refuse both.`,
    })
  }
  const path = join(cwd, name)
  if (isTaken(path) && !force) throw existsAlready(path)
  return path
}

/** Whether something has this name, even a link to nothing. */
function isTaken(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

interface Setting {
  readonly variable: string
  readonly url: string
}

/** The URLs of both databases, the source first, and those of them that no variable has yet. */
async function findUrls(
  options: InitOptions,
  context: JobContext,
): Promise<{ readonly urls: readonly string[]; readonly unset: readonly Setting[] }> {
  const isUnset = BUILT_IN_DATABASES.filter(({ variable }) => !options.variables.has(variable))
  if (isUnset.length > 0) expectNoEnvFile(join(options.cwd, '.env'), isUnset)
  const urls: string[] = []
  const unset: Setting[] = []
  for (const database of BUILT_IN_DATABASES) {
    const url = await findUrl(database, options, context)
    urls.push(url)
    if (isUnset.includes(database)) unset.push({ variable: database.variable, url })
  }
  return { urls, unset }
}

function expectNoEnvFile(path: string, unset: readonly { readonly variable: string }[]): void {
  if (!isTaken(path)) return
  const missing = unset.map(({ variable }) => `${variable}='postgres://…'`).join(' and ')
  if (!existsSync(path))
    throw new UsageError(`${path} is a link to a file that does not exist`, {
      hint: `Create that file, with ${missing}; or remove the link.`,
    })
  if (statSync(path).isDirectory())
    throw new UsageError(`${path} is a folder, so init cannot write the URLs into a file of that name`, {
      hint: `Set ${unset.map(({ variable }) => variable).join(' and ')} in the environment.`,
    })
  throw new UsageError(`${path} exists, but lacks some variables`, {
    hint: `Add to it, and run \`mbsync init\` again: ${missing}`,
  })
}

async function findUrl(
  { name, variable }: (typeof BUILT_IN_DATABASES)[number],
  { variables, urls, ask }: InitOptions,
  context: JobContext,
): Promise<string> {
  const [set, given] = [variables.get(variable), urls[name]]
  // Schedulers and CI systems pass a secret that they do not know as an empty text.
  if (set === '') {
    throw new UsageError(`The variable ${variable} is set, but empty`, {
      hint: 'Give it the URL, or remove it, in the environment or in .env.',
    })
  }
  if (set !== undefined && given !== undefined && set !== given) {
    throw new UsageError(`${variable} is already set, to another URL than the given one`, {
      hint: 'Leave out the flag, or correct the variable in the environment or in .env.',
    })
  }
  const known = set ?? given
  if (known === undefined) return askForUrl(name, variable, ask, context)
  const problem = findUrlProblem(known)
  if (problem !== undefined) throw new UsageError(`The URL of ${name} ${problem}`)
  return known
}

async function askForUrl(
  name: string,
  variable: string,
  ask: Ask | undefined,
  context: JobContext,
): Promise<string> {
  if (ask === undefined) {
    throw new UsageError(`The URL of ${name} is missing, and there is no terminal to ask on`, {
      hint: `Set ${variable}, or give --source and --target. \`mbsync init --blank\` writes a file without them.`,
    })
  }
  for (;;) {
    const url = (
      await ask(`URL of ${name}, postgres://user:password@host:5432/database (not shown): `)
    ).trim()
    const problem = findUrlProblem(url)
    if (problem === undefined) return url
    context.report({ type: 'warning', message: `The URL ${problem}` })
  }
}

function envText(settings: readonly Setting[]): string {
  const head = '# The databases of mbsync.yaml. Keep this file private: it holds passwords.\n'
  return head + settings.map(({ variable, url }) => `${variable}=${quoted(url)}\n`).join('')
}

function quoted(url: string): string {
  const quote = ["'", '"', '`'].find((mark) => !url.includes(mark)) ?? ''
  return `${quote}${url}${quote}`
}

async function write(
  path: string,
  text: string,
  { mode = 0o644, isReplaced = false }: { mode?: number; isReplaced?: boolean },
): Promise<void> {
  try {
    // 'wx' fails on an existing file in the same step that creates it, so no other writer's file is lost.
    await writeFile(path, text, { flag: isReplaced ? 'w' : 'wx', mode })
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') throw existsAlready(path, cause)
    throw new UsageError(`${path} cannot be written`, {
      hint: 'Check that the folder exists and that this user may write it.',
      cause,
    })
  }
}

function existsAlready(path: string, cause?: unknown): UsageError {
  return new UsageError(`${path} already exists`, { hint: 'Edit it, or replace it with --force.', cause })
}
