import { identifier } from '../../postgres/identifiers.ts'
import type { MaskSettings } from './mask-keys.ts'

/** How the masked columns of a table are read. */
export interface TableMasks {
  /** SQL over a row under the alias of its table, by the name of the column. */
  readonly expressions: ReadonlyMap<string, string>
  /** The settings that the session needs for that. */
  readonly settings: MaskSettings
}

/** A column of a row as it leaves the source: the masked value if it has a mask. `alias` is an SQL identifier. */
export function columnSql(name: string, masks: TableMasks | undefined, alias?: string): string {
  const column = alias === undefined ? identifier(name) : `${alias}.${identifier(name)}`
  return masks?.expressions.get(name) ?? column
}

/** Whether one of the columns has a mask. */
export function areMasked(names: readonly string[], masks: TableMasks | undefined): boolean {
  return masks !== undefined && names.some((name) => masks.expressions.has(name))
}
