import { createInterface } from 'node:readline/promises'
import type { Confirm, Detail } from '../progress/confirm.ts'
import { createPaint, type Paint } from './format/paint.ts'
import { printable } from './format/printable.ts'
import { wrapLine } from './format/wrap-line.ts'
import type { InputStream, Surroundings } from './surroundings.ts'

/** What decides how a question is answered. */
export interface ConfirmFlags {
  readonly yes?: boolean
  readonly json?: boolean
}

/** Set to `1`, it confirms what `--yes` does. */
const VARIABLE = 'MBSYNC_YES'

/**
 * How questions are answered: with yes by `--yes` or by the variable, else by the person at the terminal, else not at all.
 * @param makeRoom clears what moves on the terminal before the question is shown
 */
export function createConfirm(
  flags: ConfirmFlags,
  surroundings: Surroundings,
  makeRoom: () => void,
  signal: AbortSignal,
): Confirm {
  const ask = createTerminalConfirm(flags, surroundings, makeRoom, signal)
  const isConfirmed = flags.yes === true || surroundings.env[VARIABLE] === '1'
  return isConfirmed ? async ({ isOffer }) => (isOffer === true ? 'unasked' : 'yes') : ask
}

/** How questions are answered that nothing but a terminal may answer. */
export function createTerminalConfirm(
  { json }: ConfirmFlags,
  surroundings: Surroundings,
  makeRoom: () => void,
  signal: AbortSignal,
): Confirm {
  const { env, stdin, stderr } = surroundings
  return async ({ message, details }) => {
    if (json === true || stdin?.isTTY !== true || stderr.isTTY !== true) return 'unasked'
    makeRoom()
    const paint = createPaint(stderr, env)
    const lines = [
      `${paint.yellow('!')} ${paint.bold(printable(message))}`,
      ...details.map((detail) => detailLine(detail, paint)),
    ]
    const columns = stderr.columns || 80
    stderr.write(lines.map((line) => `${wrapLine(line, columns)}\n`).join(''))
    return (await askOn(stdin, surroundings, signal)) ? 'yes' : 'no'
  }
}

function detailLine({ subject, fact }: Detail, paint: Paint): string {
  return `${paint.cyan('•')} ${paint.bold(printable(subject))}: ${printable(fact)}`
}

/** Whatever is not a yes is a no, the end of the input included. */
async function askOn(stdin: InputStream, { stderr }: Surroundings, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr, terminal: true })
  // In raw mode, Ctrl-C is a key like others.
  lines.on('SIGINT', () => {
    stderr.write('\n')
    process.kill(process.pid, 'SIGINT')
  })
  const closed = new Promise<string>((resolve) => {
    lines.once('close', () => resolve(''))
  })
  try {
    const answer = await Promise.race([lines.question('Type yes to continue: ', { signal }), closed])
    signal.throwIfAborted()
    return answer.trim().toLowerCase() === 'yes'
  } finally {
    lines.close()
  }
}
