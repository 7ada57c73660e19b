import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { UsageError } from '../core/errors.ts'
import type { Ask } from '../jobs/init/init.ts'
import type { Surroundings } from './surroundings.ts'

/** How a person is asked, without showing what is typed; undefined where there is no terminal on both sides. */
export function createAsk({ stdin, stderr }: Surroundings, signal: AbortSignal): Ask | undefined {
  if (stdin?.isTTY !== true || stderr.isTTY !== true) return undefined
  return async (question) => {
    const silence = new Writable({ write: (_chunk, _encoding, done) => done() })
    const lines = createInterface({ input: stdin, output: silence, terminal: true })
    // Only now are keys no longer shown.
    stderr.write(question)
    // In raw mode, which keeps keys from being shown, Ctrl-C is a key like others.
    lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
    const closed = new Promise<never>((_, reject) => {
      lines.once('close', () => reject(new UsageError('No input: the terminal was closed')))
    })
    try {
      return await Promise.race([lines.question('', { signal }), closed])
    } finally {
      lines.close()
      stderr.write('\n')
    }
  }
}

/** Knows whether a question waits for its answer: Ctrl-C then ends that alone, and there is nothing else to stop. */
export class OpenQuestions {
  #count = 0

  get isOpen(): boolean {
    return this.#count > 0
  }

  /** Asks as `ask` does, and is open meanwhile. */
  asking<Q, A>(ask: (question: Q) => Promise<A>): (question: Q) => Promise<A> {
    return async (question) => {
      this.#count += 1
      try {
        return await ask(question)
      } finally {
        this.#count -= 1
      }
    }
  }
}
