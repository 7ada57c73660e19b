import { InterruptedError, type Interrupter } from '../core/errors.ts'
import type { Confirm } from '../progress/confirm.ts'
import type { JobContext } from '../progress/job-context.ts'
import type { ProgressEvent } from '../progress/progress.ts'
import { endingOf } from './ending-of.ts'
import type { WriteOptions } from './options.ts'

const ABORTED: Interrupter = 'AbortSignal'

/**
 * Runs a job under the signal and the callbacks of a program.
 * @throws InterruptedError if the signal was aborted, or a callback threw; its `cause` is the reason
 */
export async function watched<T>(
  options: WriteOptions,
  work: (context: JobContext) => Promise<T>,
): Promise<T> {
  const { signal, onProgress, waitLockMs = 0 } = options
  const stop = new AbortController()
  const stopFor = (cause: unknown) => stop.abort(new InterruptedError(ABORTED, undefined, cause))
  const abort = () => stopFor(signal?.reason)
  const report = (event: ProgressEvent) => {
    try {
      // What it promises is not waited for, but must not be lost either.
      const answer: unknown = onProgress?.(event)
      if (answer instanceof Promise) answer.catch(stopFor)
    } catch (error) {
      stopFor(error)
    }
  }
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    stop.signal.throwIfAborted()
    return await work({ signal: stop.signal, report, lockWaitMs: waitLockMs, ...confirmOf(options) })
  } catch (error) {
    throw endingOf(error, stop.signal)
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

/** Offers have options of their own: neither answers them. */
function confirmOf({ yes = false, confirm }: WriteOptions): { readonly confirm?: Confirm } {
  if (!yes && confirm === undefined) return {}
  return {
    confirm: async (question) => {
      if (question.isOffer === true) return 'unasked'
      return yes || (await confirm?.(question)) === true ? 'yes' : 'no'
    },
  }
}
