/** How long the process waits for pending work before it exits anyway. */
const PATIENCE_MS = 1000

const SIGNALS: Readonly<Record<number, NodeJS.Signals>> = { 130: 'SIGINT', 143: 'SIGTERM' }

/** Ends the process although something may still be under way. */
export function leave(exitCode: number): void {
  const signal = SIGNALS[exitCode]
  // process.exit() waits for every thread, and one may hang in a name lookup, or in opening a pipe that has no other end.
  if (signal !== undefined && isThreadBusy()) {
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  }
  process.exit(exitCode)
}

/** Ends the process, whose work is done, if it does not end by itself. What it has still to print is not cut off. */
export function leaveSoon(exitCode: number): void {
  const timer = setInterval(() => {
    if (process.stdout.writableLength + process.stderr.writableLength === 0) leave(exitCode)
  }, PATIENCE_MS)
  timer.unref()
}

function isThreadBusy(): boolean {
  return process.getActiveResourcesInfo().some((name) => /^(FSReq|GetAddrInfo|GetNameInfo)/.test(name))
}
