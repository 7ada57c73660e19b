import type { Paint } from '../format/paint.ts'
import { printable } from '../format/printable.ts'

/** The lines that tell a warning to a person, and what to do about it. */
export function warningLines(
  { message, hint }: { readonly message: string; readonly hint?: string },
  paint: Paint,
): string[] {
  const line = `${paint.yellow('⚠')} ${printable(message)}`
  return hint === undefined ? [line] : [line, paint.dim(`  ${printable(hint)}`)]
}
