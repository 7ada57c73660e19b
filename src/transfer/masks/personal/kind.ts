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
  /** In the words of a column's name: English, German, French, Spanish, Italian, Portuguese and Dutch. */
  readonly words: RegExp
  /** What the table must be for the name to count: products have names, too, and orders have notes. */
  readonly needs?: Need
  readonly families: readonly ColumnType['family'][]
  /** A regular expression of PostgreSQL that values match. */
  readonly value?: string
  /** The mask that suits it. */
  readonly mask: string
}

/** The words as they stand between others. */
export const words = (text: string) => new RegExp(`(^| )(${text})( |$)`)

/** The whole of a name. */
export const whole = (text: string) => new RegExp(`^(${text})$`)
