import type { Mask } from '../../core/mask.ts'
import type { SourceColumn } from '../inspect/inspection.ts'
import type { ColumnType } from './column-type.ts'
import type { MaskPurpose } from './mask-keys.ts'

/** A masked value as SQL. */
export interface MadeMask {
  readonly sql: string
  readonly purposes: readonly MaskPurpose[]
  /** Whether different values stay different. */
  readonly isInjective: boolean
  /** How long a masked text is at most; undefined where it is as long as the value, or no text. */
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
  /** Of the server: what is stored in it is hashed. */
  readonly encoding: string
}

/** What a maker of a ready-made mask gets. */
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
