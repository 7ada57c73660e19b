/** A time limit that aborts a signal, which an outer signal aborts, too. */
interface Deadline {
  readonly signal: AbortSignal
  /** Whether it was the time that ran out. */
  readonly isOver: boolean
  /** Gives the whole time again. */
  restart(): void
  /** Stops the time until it is given again. */
  pause(): void
  /** Lets go of the outer signal. */
  end(): void
}

/** Starts a time limit. */
export function startDeadline(limitMs: number, outer: AbortSignal): Deadline {
  const controller = new AbortController()
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  const pause = () => clearTimeout(timer)
  const restart = () => {
    pause()
    timer = setTimeout(() => {
      isOver = true
      controller.abort()
    }, limitMs)
  }
  const abort = () => controller.abort()
  outer.addEventListener('abort', abort, { once: true })
  if (outer.aborted) abort()
  restart()
  return {
    signal: controller.signal,
    get isOver() {
      return isOver
    },
    restart,
    pause,
    end: () => {
      pause()
      outer.removeEventListener('abort', abort)
    },
  }
}
