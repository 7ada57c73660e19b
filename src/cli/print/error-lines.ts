import type { ErrorFacts } from '../error-facts.ts'
import type { Paint } from '../format/paint.ts'
import { printable } from '../format/printable.ts'
import { findingLines } from './finding-lines.ts'

/** The lines that tell an error to a person: what is wrong, every reason, and what to do next. */
export function errorLines(error: ErrorFacts, paint: Paint): string[] {
  const [message = '', ...details] = printableLines(error.message)
  return [
    `${paint.red('✖')} ${paint.bold(message)}`,
    ...indent(details),
    ...indent((error.problems ?? []).flatMap(problemLines)),
    ...indent(findingLines(error.findings ?? [], paint)),
    ...indent(stackLines(error, paint)),
    ...(error.hint === undefined ? [] : indent(printableLines(error.hint))),
  ]
}

function problemLines(problem: string): string[] {
  const [first = '', ...rest] = printableLines(problem)
  return [`- ${first}`, ...indent(rest)]
}

/** The stack without its first lines, which repeat the message. */
function stackLines({ stack = '' }: ErrorFacts, paint: Paint): string[] {
  const frames = printableLines(stack).filter((line) => /^\s+at /.test(line))
  return frames.map((line) => paint.dim(line.trim()))
}

/** A message may have lines of its own; they stay apart, and nothing in them can move the cursor. */
function printableLines(text: string): string[] {
  return text.split(/\r?\n/u).map(printable)
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
