import { type Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** The chunks of a stream as they are asked for, each as it came: an async iterator of the stream would join and copy them. */
export class PulledChunks {
  #held: { readonly chunk: Buffer; readonly done: () => void } | undefined
  #asked:
    | { readonly resolve: (chunk: Buffer | undefined) => void; readonly reject: (error: unknown) => void }
    | undefined
  #ended: { readonly error?: unknown } | undefined

  constructor(stream: Readable) {
    const into = new Writable({
      write: (chunk: Buffer, _, done) => {
        const asked = this.#asked
        this.#asked = undefined
        if (asked === undefined) this.#held = { chunk, done }
        else {
          asked.resolve(chunk)
          done()
        }
      },
    })
    pipeline(stream, into).then(
      () => this.#end({}),
      (error: unknown) => this.#end({ error }),
    )
  }

  /** The next chunk; undefined after the last. */
  async next(): Promise<Buffer | undefined> {
    const held = this.#held
    if (held !== undefined) {
      this.#held = undefined
      held.done()
      return held.chunk
    }
    if (this.#ended === undefined)
      return new Promise((resolve, reject) => {
        this.#asked = { resolve, reject }
      })
    if ('error' in this.#ended) throw this.#ended.error
    return undefined
  }

  #end(ended: { readonly error?: unknown }): void {
    this.#ended = ended
    if ('error' in ended) this.#asked?.reject(ended.error)
    else this.#asked?.resolve(undefined)
    this.#asked = undefined
  }
}
