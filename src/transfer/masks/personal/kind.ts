import type { ColumnType } from '../column-type.ts'

/** What the names of a table and of its columns must show: a row is certainly a person, probably one, or related to one. */
export type Need =
  | 'a person'
  | 'people'
  | 'about people'
  | 'an address'
  | 'movements'
  | 'messages'
  | 'writing'
  | 'credentials'

/** What a column holds by its type: words to search by, or types of the database's own, such as enums (`own`). */
export type KindFamily = ColumnType['family'] | 'boolean' | 'place' | 'search' | 'own'

/** A kind of personal data, and how it is recognized. */
export interface PersonalKind {
  readonly name: string
  /** The words of a column's name, as a pattern: English, German, French, Spanish, Italian, Portuguese and Dutch. */
  readonly words: string
  /** Whether the name must not contain other words. */
  readonly isWhole?: boolean
  /** What the table must be about for the name to count: products have names, too, and orders have notes. */
  readonly needs?: Need
  readonly families: readonly KindFamily[]
  /** A regular expression of PostgreSQL that values match. */
  readonly value?: string
  /** The values that are compared: all, or those that are short; otherwise those that are short and have a digit. */
  readonly compares?: 'all' | 'short'
  /** Another one, of what JSON may hold, also as a text: a key and the beginning of its value. */
  readonly inJson?: string
  /** Whether the digits of a value must also end with their check digit, as those of cards do. */
  readonly hasCheckDigit?: boolean
  /** Whether `value` is looked for within longer texts and JSON, of which few need to match. */
  readonly isWithin?: boolean
  /** Whether values are sentences: those that never are show that the name means something else. */
  readonly isProse?: boolean
  /** What shows it, if it is not the column's name. */
  readonly evidence?: string
  /** A suitable mask. */
  readonly mask: string
}
