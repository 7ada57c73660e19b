import { widenType } from '../../core/widen-type.ts'
import type { Column } from '../../postgres/catalog/table.ts'
import { identifier } from '../../postgres/identifiers.ts'
import { copiedColumns, storedColumns } from '../inspect/columns.ts'
import type { SourceColumn, TablePair } from '../inspect/inspection.ts'

/** A column of the COPY text, by its name in the source. */
export interface LandingColumn {
  readonly name: string
  /** The column of the landing table that receives the text. */
  readonly takes: string
  /** The definitions of that column, and of a column that is generated from it. */
  readonly definitions: readonly string[]
}

/**
 * The columns of a landing table, in the order of the text: those of the target with their base types, or `text` if they are in `asText`.
 * If the target's type would read the text as another value than a cast gives, the source's type reads it, and the server casts it. Columns
 * that the profile leaves out of a dump's text are not kept.
 */
export function landingColumns(pair: TablePair, asText: readonly string[] = []): LandingColumn[] {
  const there = new Map(pair.source.columns.map((column) => [column.name, column]))
  const here = new Map(copiedColumns(pair).map((column) => [column.name, column]))
  const names = pair.source.textColumns ?? storedColumns(pair.source).map(({ name }) => name)
  return names.map((name, index) => {
    const column = here.get(name)
    if (column === undefined) return { name, takes: ownName(index), definitions: [`${ownName(index)} text`] }
    if (asText.includes(name)) return plain(column, 'text')
    return castFrom(there.get(name), column, ownName(index)) ?? plain(column, column.baseType)
  })
}

/** Values are moved on as they are: so they are compressed as in the target, where a column says how. */
function plain({ name, compression }: Column, type: string): LandingColumn {
  const how = compression === undefined ? '' : ` COMPRESSION ${compression}`
  return { name, takes: name, definitions: [`${identifier(name)} ${type}${how}`] }
}

function castFrom(
  source: SourceColumn | undefined,
  target: Column,
  takes: string,
): LandingColumn | undefined {
  if (source === undefined || widenType(source.baseType, target.baseType) !== 'cast') return undefined
  const cast = `GENERATED ALWAYS AS (${takes}::${builtInType(target.baseType)}) STORED`
  return {
    name: target.name,
    takes,
    definitions: [`${takes} ${source.baseType}`, `${identifier(target.name)} ${target.baseType} ${cast}`],
  }
}

/** No column of a table has a name that begins like this. */
function ownName(index: number): string {
  return `mbsync_text_${index + 1}`
}

/**
 * The types, by column, that the source must cast to, so that the text of a value is the same as in the target. All these types are built
 * in, so the casts are not those of users.
 */
export function textCasts(
  source: { readonly columns: readonly SourceColumn[] },
  target: { readonly columns: readonly SourceColumn[] },
): ReadonlyMap<string, string> {
  const here = new Map(target.columns.map(({ name, baseType }) => [name, baseType]))
  const casts = source.columns.flatMap(({ name, baseType }): [string, string][] => {
    const type = here.get(name) ?? baseType
    const widening = widenType(baseType, type)
    return widening === 'other text' || widening === 'cast' ? [[name, builtInType(type)]] : []
  })
  return new Map(casts)
}

/** Most names of built-in types are keywords, which no search path changes. */
function builtInType(type: string): string {
  return type.replace(/^(text|bpchar)\b/, 'pg_catalog.$1')
}
