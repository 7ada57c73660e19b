import type { Mask } from '../../core/mask.ts'
import type { SourceColumn } from '../inspect/inspection.ts'
import type { ColumnType } from './column-type.ts'
import type { MaskPurpose } from './mask-keys.ts'

/** A masked value as SQL. */
export interface MadeMask {
  readonly sql: string
  readonly purposes: readonly MaskPurpose[]
  /** Whether different values remain different. */
  readonly isInjective: boolean
  /** The maximum length of a masked text; undefined if it is as long as the value, or is not a text. */
  readonly mostCharacters?: number
}

/** Why a mask does not fit its column. */
export interface Misfit {
  readonly problem: string
}

/** The row that a mask is computed over. */
export interface MaskedRow {
  /** The alias of the table, as an SQL identifier. */
  readonly alias: string
  readonly columns: readonly Pick<SourceColumn, 'name' | 'baseType'>[]
  readonly keyColumns: readonly string[] | undefined
  /** The encoding of the server: the stored bytes are hashed. */
  readonly encoding: string
}

/** The input of a ready-made mask. */
export interface WantedValue {
  readonly mask: Mask
  readonly value: string
  readonly type: ColumnType
  readonly row: MaskedRow
  /** The keyed hash of the value, as bytes. */
  readonly hash: string
}

/** Makes the SQL of one ready-made mask. */
export type MaskMaker = (wanted: WantedValue) => MadeMask | Misfit

/** Why masked values do not fit a column that is too short for them. */
export function tooShort({ limit }: ColumnType, needed: number): Misfit {
  return { problem: `the masked values take ${needed} characters, and it has room for ${limit}` }
}
