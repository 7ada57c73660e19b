import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'

/** Ends the server of a data directory and removes the directory as soon as this process has ended, however it ended. */
const SCRIPT = `cat > /dev/null
pid=$(head -n 1 "$1/postmaster.pid" 2> /dev/null) && kill -QUIT "$pid" 2> /dev/null
while [ -n "$pid" ] && kill -0 "$pid" 2> /dev/null; do sleep 0.1; done
rm -rf "$1"`

/** Has a process of its own clean up after this one, which may be killed; returns how to say that all has been cleaned up. */
export function cleanUpAfterDeath(dataDirectory: string): () => void {
  const guard = spawn('sh', ['-c', SCRIPT, 'sh', dataDirectory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Ctrl-C ends all that run in the foreground.
    detached: true,
  })
  guard.unref()
  const pipe = guard.stdin as Socket
  pipe.unref()
  return () => pipe.destroy()
}
