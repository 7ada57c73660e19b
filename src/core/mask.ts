import type { TableName } from './table-name.ts'

/** The ready-made masks, by the names that `mask` in a profile knows them by. */
export const READY_MADE_MASKS = [
  'null',
  'constant',
  'hash',
  'email',
  'name',
  'first-name',
  'last-name',
  'company',
  'street',
  'city',
  'phone',
  'ip',
  'url',
  'iban',
  'card',
  'date-shift',
  'date-truncate',
  'noise',
  'text',
  'redact-json',
  'file',
] as const

/** The name of a ready-made mask. */
export type MaskKind = (typeof READY_MADE_MASKS)[number]

/** The languages of the word lists. */
export const MASK_LOCALES = ['en', 'de', 'fr', 'es'] as const

/** The language of a word list. */
export type MaskLocale = (typeof MASK_LOCALES)[number]

/** The unit that `date-truncate` rounds down to. */
export const DATE_UNITS = ['month', 'quarter', 'year', 'decade'] as const

/** What a mask makes of the values of a column. */
export interface Mask {
  /** A ready-made mask, or an SQL expression over the row; or the column is accepted as it is. */
  readonly kind: MaskKind | 'sql' | 'accept'
  /** Of the kind `accept`: why. */
  readonly reason?: string | undefined
  /** Of the kind `sql`. */
  readonly expression?: string | undefined
  /** An SQL condition: other rows keep their value. */
  readonly where?: string | undefined
  /** Names of constraints and unique indexes that the masked values are known to meet. */
  readonly allow: readonly string[]
  readonly locale: MaskLocale
  /** The domain of masked e-mail addresses and URLs. */
  readonly domain: string
  /** The most days by which `date-shift` moves a date. */
  readonly days: number
  /** The column whose values decide the offset of `date-shift` and `noise`; the key of the row by default. */
  readonly by?: string | undefined
  readonly unit: (typeof DATE_UNITS)[number]
  /** The most percent by which `noise` changes a number. */
  readonly percent: number
  /** What `redact-json` replaces, such as `address.street`; undefined for all strings. */
  readonly paths?: readonly string[] | undefined
  /** What `constant`, `redact-json` and `file` put in the place of a value. */
  readonly value?: string | undefined
}

/** The masks of the columns of a table. */
export interface MaskRule {
  readonly table: TableName
  readonly columns: readonly { readonly column: string; readonly mask: Mask }[]
}

/** What stands for the mask of a column that the profile does not name. */
export const MASKED_BY_KEY = 'as a foreign key demands'
