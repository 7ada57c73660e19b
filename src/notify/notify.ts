import type { NotifySettings, Ping } from '../config/read/notify-settings.ts'
import { unlessAborted } from '../core/unless-aborted.ts'
import { withDeadline } from '../core/with-deadline.ts'
import type { Ending, Start } from './ending.ts'
import { send, UnansweredError } from './request.ts'
import { webhookBody } from './webhook-body.ts'
import { writeMetrics } from './write-metrics.ts'

/** Something that could not be told, or written. */
export interface NotifyWarning {
  readonly message: string
  readonly hint: string
}

/** A ping whose start has been sent, and what came of it. */
export interface StartedPing {
  readonly ping: Ping
  readonly answer: Promise<NotifyWarning | undefined>
}

const HINT = 'This does not affect the run. See `notify` in mbsync.yaml.'

/** Reports that a run has started. Nothing that comes of it throws. */
export function notifyStart(
  { pings, timeoutMs }: NotifySettings,
  start: Start,
  signal: AbortSignal,
): StartedPing[] {
  return pings
    .filter((ping) => isJudgedBy(start) && concerns(ping, start))
    .map((ping) => ({
      ping,
      answer: withDeadline(timeoutMs, signal, (deadline) => sendPing(ping, 'start', deadline)),
    }))
}

/** Tells how a run has ended, and writes its figures. Never throws. */
export async function notifyEnd(
  { webhooks, pings, metricsFile, timeoutMs }: NotifySettings,
  ending: Ending,
  signal: AbortSignal,
  started: readonly StartedPing[] = [],
): Promise<NotifyWarning[]> {
  const withinTime = (work: (deadline: AbortSignal) => Promise<NotifyWarning | undefined>) =>
    withDeadline(timeoutMs, signal, work)
  const isProblem = ending.exitCode !== 0
  const posted = webhooks
    .filter((webhook) => concerns(webhook, ending) && (isProblem || webhook.when === 'always'))
    .map(({ name, url, format }) =>
      withinTime((deadline) =>
        attempt(`The webhook \`${name}\` was not notified`, () =>
          send(url, webhookBody(format, ending), deadline),
        ),
      ),
    )
  const pinged = pings
    .filter((ping) => isJudgedBy(ending) && concerns(ping, ending))
    .map(async (ping) => {
      // A start that arrives after the end would look like a run that hangs.
      await started.find((each) => each.ping === ping)?.answer
      return withinTime((deadline) => sendPing(ping, isProblem ? 'failure' : 'success', deadline))
    })
  const written =
    metricsFile === undefined || !isJudgedBy(ending)
      ? []
      : [
          withinTime((deadline) =>
            attempt(`The metrics file ${metricsFile} was not written`, () =>
              unlessAborted(
                deadline,
                () => new UnansweredError('writing it took too long'),
                () => writeMetrics(metricsFile, ending),
              ),
            ),
          ),
        ]
  const attempts = await Promise.all([
    ...started.map((each) => each.answer),
    ...posted,
    ...pinged,
    ...written,
  ])
  return attempts.flatMap((warning) => warning ?? [])
}

/**
 * Whether pings and metrics show the run. They show the state of a profile: a run of some of its tables would hide that the last whole run
 * has failed, or raise an alarm that no whole run has caused.
 */
function isJudgedBy({ isPartial }: Start): boolean {
  return !isPartial
}

function concerns({ profiles }: Pick<Ping, 'profiles'>, { profile }: Start): boolean {
  return profiles === undefined || (profile !== undefined && profiles.includes(profile))
}

async function sendPing(
  ping: Ping,
  event: 'start' | 'success' | 'failure',
  deadline: AbortSignal,
): Promise<NotifyWarning | undefined> {
  const url = ping[event]
  if (url === undefined) return undefined
  return attempt(`The ${event} ping of \`${ping.name}\` was not sent`, () => send(url, undefined, deadline))
}

async function attempt(failure: string, work: () => Promise<void>): Promise<NotifyWarning | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    return { message: `${failure}: ${reasonOf(error)}`, hint: HINT }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof UnansweredError) return error.message
  return error instanceof Error && 'code' in error ? String(error.code) : 'an unexpected error'
}
