import ora, { type Ora } from 'ora'
import type { Paint } from '../format/paint.ts'
import { truncate } from '../format/text-width.ts'
import type { OutputStream } from '../surroundings.ts'
import type { PhaseDisplay } from './phase-display.ts'

/** A phase whose end cannot be foreseen: a spinner and what is being done. */
export class PhaseSpinner implements PhaseDisplay {
  readonly #describe: () => string
  readonly #stream: OutputStream
  readonly #spinner: Ora
  readonly #timer: NodeJS.Timeout

  constructor(describe: () => string, stream: OutputStream, paint: Paint) {
    this.#describe = describe
    this.#stream = stream
    this.#spinner = ora({
      stream,
      text: this.#text(),
      color: paint.isColored ? 'cyan' : false,
      isEnabled: true,
      // Raw mode would keep Ctrl-C from becoming a SIGINT.
      discardStdin: false,
    }).start()
    // Within a statement nothing is heard of the server, and time passes.
    this.#timer = setInterval(() => this.update(), 1000).unref()
  }

  update(): void {
    this.#spinner.text = this.#text()
  }

  above(lines: readonly string[]): void {
    this.#spinner.clear()
    this.#stream.write(`${lines.join('\n')}\n`)
    this.#spinner.render()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#spinner.stop()
  }

  #text(): string {
    return truncate(this.#describe(), (this.#stream.columns ?? 80) - 3)
  }
}
