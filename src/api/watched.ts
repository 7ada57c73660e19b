import { InterruptedError } from '../core/errors.ts'
import type { Confirm, Question } from '../progress/confirm.ts'
import type { ProgressEvent } from '../progress/progress.ts'
import type { Watch } from '../progress/watch.ts'
import { endingOf } from './ending-of.ts'

/** How a program follows a job, and how it stops it. */
export interface WatchOptions {
  /** Stops the job: what is under way is cancelled and rolled back. */
  readonly signal?: AbortSignal | undefined
  /** Is called for every event of the job. What it throws stops the job. */
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined
}

/** The same of a job that writes to a database. */
export interface WriteOptions extends WatchOptions {
  /** Confirms what the command line confirms with `--yes`. */
  readonly yes?: boolean | undefined
  /** Is asked for what must be confirmed, unless `yes` is given; without either, that is refused. */
  readonly confirm?: ((question: Question) => boolean | Promise<boolean>) | undefined
  /** How long to wait for another run that holds the lock on the target; not at all unless given. */
  readonly waitLockMs?: number | undefined
}

/**
 * Runs a job under the signal and the callbacks of a program.
 * @throws InterruptedError if the signal was aborted, or a callback threw; its `cause` is the reason
 */
export async function watched<T>(options: WriteOptions, work: (watch: Watch) => Promise<T>): Promise<T> {
  const { signal, onProgress, waitLockMs = 0 } = options
  const stop = new AbortController()
  const stopFor = (cause: unknown) => stop.abort(new InterruptedError('AbortSignal', undefined, cause))
  const abort = () => stopFor(signal?.reason)
  const report = (event: ProgressEvent) => {
    try {
      onProgress?.(event)
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
