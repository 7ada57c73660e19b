import type { ColumnType } from '../column-type.ts'

/** What the names of a table and of its columns must show: a row is a person for sure, probably, or has to do with one. */
export type Need =
  | 'a person'
  | 'people'
  | 'about people'
  | 'an address'
  | 'movements'
  | 'messages'
  | 'credentials'

/** A kind of personal data, and how it is recognised. */
export interface PersonalKind {
  readonly name: string
  /** The words of a column's name, as a pattern: English, German, French, Spanish, Italian, Portuguese and Dutch. */
  readonly words: string
  /** Whether nothing else may stand in the name. */
  readonly isWhole?: boolean
  /** What the table must be for the name to count: products have names, too, and orders have notes. */
  readonly needs?: Need
  readonly families: readonly ColumnType['family'][]
  /** A regular expression of PostgreSQL that values match. */
  readonly value?: string
  /** The mask that suits it. */
  readonly mask: string
}
