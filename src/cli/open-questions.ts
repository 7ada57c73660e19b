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
