import { type Widening, widenType } from '../../core/widen-type.ts'
import type { Inspection, SourceColumn } from '../inspect/inspection.ts'
import { portableSql } from './portable-sql.ts'

/** How the type of a column takes the values of its twin in the source: `same` also where it is a domain over the same type. */
export type TypeFit = 'same' | Widening

/** Undefined where there may be values that it does not take. */
export function fitOf(source: SourceColumn, target: SourceColumn, sides: Inspection): TypeFit | undefined {
  const [there, here] = [sides.source.extensionNames, sides.target.extensionNames]
  if (portableSql(source.baseType, there) === portableSql(target.baseType, here)) return 'same'
  return widenType(asText(source.baseType, sides), target.baseType)
}

/** A label of an enum is a text. */
function asText(type: string, { source: { types } }: Inspection): string {
  const [, name = type, array = ''] = /^(.*?)(\[\])?$/.exec(type) ?? []
  return types.get(name)?.kind === 'enum' ? `name${array}` : type
}

/** Whether both sides name a column's type alike, wherever an extension is. */
export function isSameType(source: SourceColumn, target: SourceColumn, sides: Inspection): boolean {
  const [there, here] = [sides.source.extensionNames, sides.target.extensionNames]
  return portableSql(source.type, there) === portableSql(target.type, here)
}
