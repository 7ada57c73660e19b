import { DatabaseError } from '../postgres/explain-error.ts'

const UNTRANSLATABLE_CHARACTER = '22P05'

/** Errors may quote the other side, with characters that the encoding of this one lacks: those become question marks. */
export async function inItsEncoding(
  texts: readonly (string | null)[],
  write: (texts: readonly (string | null)[]) => Promise<unknown>,
): Promise<void> {
  try {
    await write(texts)
  } catch (problem) {
    if (!(problem instanceof DatabaseError && problem.sqlState === UNTRANSLATABLE_CHARACTER)) throw problem
    await write(texts.map((text) => text?.replace(/[^ -~]/g, '?') ?? null))
  }
}
