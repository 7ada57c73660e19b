import { literal } from '../../postgres/identifiers.ts'
import { joined, numberBelow, withHash, wordOf } from './hash-sql.ts'
import type { MadeMask, MaskMaker, WantedValue } from './mask-maker.ts'
import type { WordLists } from './words/lists.ts'
import { wordListsFor } from './words/word-lists.ts'

/** The longest combination of words. */
const LONGEST_WORDS = 60

/**
 * Masks that choose words by a hash. Each word uses its own numbers of the hash, so a first name is the same with and without a last name.
 */
export const WORD_MASKS = {
  name: (wanted) =>
    words(wanted, (h, { firstNames, lastNames }) => [
      wordOf(h, 0, firstNames),
      `' '`,
      wordOf(h, 8, lastNames),
    ]),
  'first-name': (wanted) => words(wanted, (h, { firstNames }) => [wordOf(h, 0, firstNames)]),
  'last-name': (wanted) => words(wanted, (h, { lastNames }) => [wordOf(h, 8, lastNames)]),
  company: (wanted) =>
    words(wanted, (h, { companies, legalForms }) => [
      wordOf(h, 0, companies),
      `' '`,
      wordOf(h, 8, companies),
      `' '`,
      wordOf(h, 16, legalForms),
    ]),
  street: (wanted) =>
    words(wanted, (h, { streets, address }) => [
      ...houseNumber(h, address.before),
      wordOf(h, 0, streets),
      ...houseNumber(h, address.after),
    ]),
  city: (wanted) => words(wanted, (h, { cities }) => [wordOf(h, 0, cities)]),
} as const satisfies Record<string, MaskMaker>

/** `1` stands for the number in the pattern; an empty pattern has none. */
function houseNumber(h: string, pattern: string): string[] {
  if (pattern === '') return []
  const [before = '', after = ''] = pattern.split('1')
  const number = `(1::pg_catalog.int8 OPERATOR(pg_catalog.+) ${numberBelow(h, 8, 150)})::pg_catalog.text`
  return [before, number, after].flatMap((text) =>
    text === '' ? [] : [text === number ? number : literal(text)],
  )
}

function words(
  { type, hash, mask, row }: WantedValue,
  use: (h: string, lists: WordLists) => readonly string[],
): MadeMask {
  const lists = wordListsFor(mask.locale, row.encoding !== 'UTF8')
  const text = withHash(hash, (h) => joined(...use(h, lists)))
  const isShort = type.limit !== undefined && type.limit < LONGEST_WORDS
  const sql = isShort ? `pg_catalog.left(${text}, ${type.limit})` : text
  return { sql, purposes: ['text'], isInjective: false, mostCharacters: LONGEST_WORDS }
}
