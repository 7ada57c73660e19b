import { hostname } from 'node:os'
import { resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { IMPORT_PROFILE, ONE_OFF_PROFILE } from '../config/read/built-in.ts'
import { loadConfig } from '../config/read/load-config.ts'
import type { NotifySettings } from '../config/read/notify-settings.ts'
import { EXIT_CODES, type ExitStatus } from '../core/exit-codes.ts'
import type { Finding } from '../core/finding.ts'
import type { Figures, Start } from '../notify/ending.ts'
import { type NotifyWarning, notifyEnd, notifyStart, type StartedPing } from '../notify/notify.ts'
import type { ProgressEvent } from '../progress/progress.ts'
import type { SharedFlags } from './common-flags.ts'
import type { Surroundings } from './surroundings.ts'

/** Whose endings are notified. */
export interface Notified {
  /** Such as `sync`. */
  readonly command: string
  /** The profile that was named; undefined for the default one, null for what is done without a profile. */
  readonly profile: string | null | undefined
  /** Whether flags limit it to some of the tables or rows of its profile. */
  readonly isPartial?: boolean
}

/** How a job ended, as far as it is known where it ends. */
export interface JobEnding {
  readonly status: ExitStatus
  readonly message?: string
  readonly hint?: string
  readonly findings?: readonly Finding[]
  readonly warnings?: readonly { readonly message: string; readonly hint?: string }[]
  readonly figures?: Figures
}

const NOBODY: NotifySettings = { webhooks: [], pings: [], metricsFile: undefined, timeoutMs: 10_000 }

/** Tells whoever the configuration names when a job starts and how it ends. It never throws, and what fails is a warning. */
export class Notifier {
  readonly #settings: NotifySettings
  readonly #start: Start
  readonly #signal: AbortSignal
  readonly #started: readonly StartedPing[]
  #runId: number | undefined

  constructor(settings: NotifySettings, start: Start, signal: AbortSignal) {
    this.#settings = settings
    this.#start = start
    this.#signal = signal
    this.#started = notifyStart(settings, start, signal)
  }

  /** Takes in an event of the job. */
  observe(event: ProgressEvent): void {
    if (event.type === 'run-opened') this.#runId = event.runId
  }

  /** Tells how the job ended; returns what could not be told. */
  async end({
    status,
    message,
    hint,
    findings = [],
    warnings = [],
    figures = {},
  }: JobEnding): Promise<NotifyWarning[]> {
    const { code: exitCode, meaning } = EXIT_CODES[status]
    const ending = {
      ...this.#start,
      runId: this.#runId,
      finishedAt: new Date(),
      status,
      exitCode,
      message: message ?? meaning,
      hint,
      findings,
      warnings,
      figures,
    }
    return notifyEnd(this.#settings, ending, this.#signal, this.#started)
  }
}

/** The notifier of a job, which has then been told to have started; undefined if there is nobody to tell. */
export function openNotifier(
  notified: Notified | undefined,
  { config: configPath, dotenv: envFilePath, metricsFile }: SharedFlags,
  { env, cwd }: Surroundings,
  signal: AbortSignal,
): Notifier | undefined {
  if (notified === undefined) return undefined
  const config = readConfig(() => loadConfig({ cwd, env, configPath, envFilePath }))
  const settings = config?.notify ?? NOBODY
  const path = metricsFile === undefined ? settings.metricsFile : resolve(cwd, metricsFile)
  if (settings.webhooks.length + settings.pings.length === 0 && path === undefined) return undefined
  const { command, isPartial = false } = notified
  const profile = profileOf(notified, config)
  const start = { command, profile, isPartial, startedAt: new Date(), host: hostname() }
  return new Notifier({ ...settings, metricsFile: path }, start, signal)
}

/**
 * The profile that is meant. A name that no profile has would be watched for ever: its job ends with a usage error, and is one without a profile. Nor is one
 * meant without a name, where several are to choose from.
 */
function profileOf({ profile }: Notified, config: Config | undefined): string | undefined {
  if (profile === null) return undefined
  if (config === undefined || profile === ONE_OFF_PROFILE || profile === IMPORT_PROFILE) return profile
  const name = profile ?? config.defaultProfile
  return config.profiles.has(name) ? name : undefined
}

/** A configuration that cannot be read is told by the job that needs it; it names nobody to tell. */
function readConfig(read: () => Config): Config | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
