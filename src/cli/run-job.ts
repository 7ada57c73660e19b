import { endingOf } from '../api/ending-of.ts'
import type { Config, Profile } from '../config/config.ts'
import { chooseProfile, type Sides } from '../config/one-off.ts'
import { loadConfig } from '../config/read/load-config.ts'
import { readEnvironment } from '../config/read/read-environment.ts'
import { InterruptedError } from '../core/errors.ts'
import { EXIT_CODES } from '../core/exit-codes.ts'
import type { Ask } from '../jobs/init/init.ts'
import type { Confirm } from '../progress/confirm.ts'
import type { JobContext } from '../progress/job-context.ts'
import { createAsk, OpenQuestions } from './ask.ts'
import type { SharedFlags } from './common-flags.ts'
import { createConfirm, createTerminalConfirm } from './confirm.ts'
import { errorFacts } from './error-facts.ts'
import { errorToJson } from './json/error-to-json.ts'
import { keepHeapSmall } from './keep-heap-small.ts'
import { leave } from './leave.ts'
import { type JobEnding, type Notified, type Notifier, openNotifier } from './notifier.ts'
import type { Presentation } from './presentation.ts'
import { openPage } from './print/page.ts'
import { chooseReporter } from './reporters/choose-reporter.ts'
import { logFormatOf } from './reporters/log-format.ts'
import { QuietReporter } from './reporters/quiet-reporter.ts'
import type { Reporter } from './reporters/reporter.ts'
import { STOPPING, withSignals } from './signals.ts'
import type { Surroundings } from './surroundings.ts'

/** What a command gives its job to work with. */
export interface App {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly context: JobContext
  /** The variables of the environment and of `.env`, and how a person at the terminal is asked; without one, `ask` is undefined. */
  readonly questions: () => {
    readonly variables: ReadonlyMap<string, string>
    readonly ask: Ask | undefined
    readonly confirm: Confirm
  }
  /** The configuration, read anew at each call. */
  readonly config: () => Config
  /**
   * The profile of that name, or the only one, from the configuration; or what the command line names instead.
   * @throws UsageError
   */
  readonly profile: (name: string | undefined, sides?: Sides) => Profile
}

/** A job, and how to show what comes of it. */
export interface JobRequest<Result> {
  readonly flags: SharedFlags
  readonly job: (app: App) => Promise<Result>
  readonly presentation: Presentation<Result>
  /** What is said when a signal asks the job to stop. */
  readonly stopping?: string
  /** Whether its end is worth to be told to those whom the configuration names, and as what. */
  readonly notified?: Notified
}

/** Runs a job to its end, whatever that is. */
export type RunJob = <Result>(request: JobRequest<Result>) => Promise<void>

/** Runs a job, tells what it does and what came of it, and returns the exit code. Never throws. */
export async function runJob<Result>(
  request: JobRequest<Result>,
  surroundings: Surroundings,
): Promise<number> {
  const { flags, presentation, notified } = request
  const leaving = new AbortController()
  let reporter: Reporter = new QuietReporter(surroundings)
  let notifier: Notifier | undefined
  try {
    reporter = await chooseReporter(flags, surroundings)
    notifier = openNotifier(notified, flags, surroundings, leaving.signal)
    const result = await interruptibly(request, reporter, notifier, surroundings)
    finish(result, presentation, reporter)
    show(result, presentation, flags, surroundings)
    const ending = endingOfResult(result, presentation)
    await tellOthers(notifier, ending, reporter, leaving)
    return EXIT_CODES[ending.status].code
  } catch (error) {
    const facts = errorFacts(error)
    reporter.failed(facts)
    if (flags.json) printJson(errorToJson(facts), surroundings)
    await tellOthers(notifier, facts, reporter, leaving)
    return facts.exitCode
  } finally {
    reporter.close()
  }
}

async function interruptibly<Result>(
  { job, flags, stopping = STOPPING }: JobRequest<Result>,
  reporter: Reporter,
  notifier: Notifier | undefined,
  surroundings: Surroundings,
): Promise<Result> {
  const questions = new OpenQuestions()
  const onFirst = () => {
    if (!questions.isOpen) reporter.notice(stopping)
  }
  const onSecond = (exitCode: number) => {
    reporter.close()
    leave(exitCode)
  }
  const { waitLock = 0, renamed = [] } = flags
  for (const message of renamed) reporter.report({ type: 'info', message })
  return withSignals({ onFirst, onSecond }, async (signal) => {
    const report: JobContext['report'] = (event) => {
      keepHeapSmall(event)
      notifier?.observe(event)
      reporter.report(event)
    }
    try {
      const makeRoom = () => reporter.pause()
      const confirm = questions.asking(createConfirm(flags, surroundings, makeRoom, signal))
      const context = { report, signal, lockWaitMs: waitLock, confirm }
      return await job(createApp(flags, surroundings, context, { open: questions, makeRoom }))
    } catch (error) {
      throw endingOf(error, signal)
    }
  })
}

/** How long others may take to answer after a signal has stopped the job. */
const HURRIED_MS = 2000

/** The job has ended, and its exit code stands: a signal now only ends the waiting for others to answer. */
async function tellOthers(
  notifier: Notifier | undefined,
  ending: JobEnding,
  reporter: Reporter,
  leaving: AbortController,
): Promise<void> {
  if (notifier === undefined) return
  const endWaiting = () => leaving.abort()
  const isStopped = ending.status === 'interrupted' || ending.status === 'terminated'
  const timer = isStopped ? setTimeout(endWaiting, HURRIED_MS) : undefined
  try {
    await withSignals({ onFirst: endWaiting, onSecond: endWaiting }, async () => {
      for (const warning of await notifier.end(ending)) reporter.report({ type: 'warning', ...warning })
    })
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error
  } finally {
    clearTimeout(timer)
  }
}

function endingOfResult<Result>(
  result: Result,
  { statusOf, warningsOf, figuresOf, incompleteOf }: Presentation<Result>,
): JobEnding {
  return {
    status: statusOf?.(result) ?? 'done',
    warnings: warningsOf?.(result) ?? [],
    figures: figuresOf?.(result) ?? {},
    ...incompleteOf?.(result),
  }
}

function createApp(
  flags: SharedFlags,
  surroundings: Surroundings,
  context: JobContext,
  {
    open,
    makeRoom,
  }: {
    readonly open: OpenQuestions
    /** Clears what moves on the terminal before a question is shown. */
    readonly makeRoom: () => void
  },
): App {
  const { env, cwd } = surroundings
  const { config: configPath, dotenv: envFilePath } = flags
  const config = () => loadConfig({ cwd, env, configPath, envFilePath })
  const profile = (name: string | undefined, sides?: Sides) => chooseProfile(config(), name, sides)
  const questions = () => {
    const variables = readEnvironment({ cwd, env, envFilePath })
    const confirm = open.asking(createTerminalConfirm(flags, surroundings, makeRoom, context.signal))
    const ask = createAsk(surroundings, context.signal)
    return { variables, ask: ask && open.asking(ask), confirm }
  }
  return { cwd, env, context, questions, config, profile }
}

function finish<Result>(result: Result, presentation: Presentation<Result>, reporter: Reporter): void {
  const { logMessage, toJson, warningsOf } = presentation
  reporter.finished({
    logMessage,
    // Of thousands of tables, it is only made where it is logged.
    get facts() {
      return toJson(result)
    },
    warnings: warningsOf?.(result) ?? [],
  })
  reporter.close()
}

function show<Result>(
  result: Result,
  { audience, print, toJson, isGoodNews }: Presentation<Result>,
  flags: SharedFlags,
  surroundings: Surroundings,
): void {
  const isWatched = logFormatOf(flags, surroundings) === 'text' && !flags.quiet
  const isWanted = audience === 'anyone' && !(flags.quiet && isGoodNews?.(result))
  if (flags.json) printJson(toJson(result), surroundings)
  else if (isWanted || isWatched) {
    print(result, openPage(surroundings.stdout, surroundings.env, flags.verbose === true))
  }
}

function printJson(value: object, { stdout }: Surroundings): void {
  stdout.write(`${JSON.stringify(value)}\n`)
}
