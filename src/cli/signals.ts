import { InterruptedError } from '../core/errors.ts'

/** What is said when the first signal arrives. */
export const STOPPING = 'Stopping: cancelling and rolling back… (press Ctrl-C again to exit at once)'

/** What to do when signals arrive, beside aborting. */
export interface SignalHandlers {
  readonly onFirst: () => void
  /** Ends the process; nothing is waited for. */
  readonly onSecond: (exitCode: number) => void
}

/** A terminal and a wrapper such as npx may both deliver one Ctrl-C. */
const SAME_PRESS_MS = 300

const MEANING = { SIGINT: 'SIGINT', SIGTERM: 'SIGTERM', SIGHUP: 'SIGTERM' } as const

/**
 * Runs `work` with an AbortSignal that the first SIGINT, SIGTERM or SIGHUP aborts, with an InterruptedError as its
 * reason. A second signal calls `onSecond`. The listeners are gone when `work` has ended.
 */
export async function withSignals<T>(
  handlers: SignalHandlers,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  let firstMs: number | undefined
  const listen = (received: NodeJS.Signals) => {
    const interruption = new InterruptedError(MEANING[received as keyof typeof MEANING])
    if (firstMs === undefined) {
      firstMs = performance.now()
      controller.abort(interruption)
      handlers.onFirst()
    } else if (performance.now() - firstMs > SAME_PRESS_MS) {
      handlers.onSecond(interruption.exitCode)
    }
  }
  const names = Object.keys(MEANING)
  for (const name of names) process.on(name, listen)
  try {
    return await work(controller.signal)
  } finally {
    for (const name of names) process.off(name, listen)
  }
}
