/** Lets one work after the other have what only one can use at a time. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** Does `work` once all that came before has ended, well or not. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}
