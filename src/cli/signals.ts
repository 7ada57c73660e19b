import { InterruptedError, type StoppingSignal } from '../core/errors.ts'
import { unlessAborted } from '../core/unless-aborted.ts'

/** What is said when the first signal arrives. */
export const STOPPING = 'Stopping… (press Ctrl-C again to exit at once)'

/** What to do when signals arrive, beside aborting. */
export interface SignalHandlers {
  readonly onFirst: () => void
  /** Ends the process; nothing is waited for. */
  readonly onSecond: (exitCode: number) => void
}

/** How long work may take to stop after the first signal; the rest is abandoned. */
const OVERDUE_MS = 8000
/** How the state is then known. */
const LEFT_BEHIND =
  'some work did not stop in time, and mbsync exited anyway; `mbsync status` shows how the run ended'

/** A terminal and a wrapper such as npx may both deliver one Ctrl-C. */
const SAME_PRESS_MS = 300

const SIGNALS: readonly StoppingSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs `work` with an AbortSignal that the first SIGINT, SIGTERM or SIGHUP aborts, with an InterruptedError as its
 * reason. Work that does not end in seconds after that is no longer waited for. A second signal calls `onSecond`. The listeners are gone at
 * the end.
 * @throws InterruptedError if the work did not end in time
 */
export async function withSignals<T>(
  handlers: SignalHandlers,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const overdue = new AbortController()
  let firstMs: number | undefined
  let timer: NodeJS.Timeout | undefined
  const listen = (received: NodeJS.Signals) => {
    const interruption = new InterruptedError(received as StoppingSignal)
    if (firstMs === undefined) {
      firstMs = performance.now()
      controller.abort(interruption)
      timer = setTimeout(
        () => overdue.abort(new InterruptedError(interruption.signal, LEFT_BEHIND)),
        OVERDUE_MS,
      )
      handlers.onFirst()
    } else if (performance.now() - firstMs > SAME_PRESS_MS) {
      handlers.onSecond(interruption.exitCode)
    }
  }
  for (const name of SIGNALS) process.on(name, listen)
  try {
    return await unlessAborted(
      overdue.signal,
      () => overdue.signal.reason,
      () => work(controller.signal),
    )
  } finally {
    clearTimeout(timer)
    for (const name of SIGNALS) process.off(name, listen)
  }
}
