import { type Widening, widenType } from '../../core/widen-type.ts'
import type { Inspection, SourceColumn } from '../inspect/inspection.ts'
import { portableSql } from './portable-sql.ts'

/** How a column's type holds the values of the same column in the source. `same` includes a domain over the same type. */
export type TypeFit = 'same' | Widening

/** Undefined if there may be values that it cannot hold. */
export function fitOf(source: SourceColumn, target: SourceColumn, sides: Inspection): TypeFit | undefined {
  const [there, here] = [sides.source.extensionNames, sides.target.extensionNames]
  if (portableSql(source.baseType, there) === portableSql(target.baseType, here)) return 'same'
  return widenType(asText(source.baseType, sides), target.baseType)
}

/** The labels of an enum are texts. */
function asText(type: string, { source: { types } }: Inspection): string {
  const [, name = type, array = ''] = /^(.*?)(\[\])?$/.exec(type) ?? []
  return types.get(name)?.kind === 'enum' ? `name${array}` : type
}

/** Whether both sides give a column's type the same name, wherever an extension is. */
export function isSameType(source: SourceColumn, target: SourceColumn, sides: Inspection): boolean {
  const [there, here] = [sides.source.extensionNames, sides.target.extensionNames]
  return portableSql(source.type, there) === portableSql(target.type, here)
}
