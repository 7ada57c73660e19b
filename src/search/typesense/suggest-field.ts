import { displayIdentifier } from '../../core/table-name.ts'
import { isReserved } from './check-fields.ts'
import { geopointSql } from './geopoint-sql.ts'

/** A column from which a field is to be made. */
export interface ColumnFacts {
  readonly name: string
  /** As `format_type` writes it; of a domain, that of its base. */
  readonly type: string
  /** Whether its values are those of an enum, or arrays of them. */
  readonly isEnum: boolean
  readonly isNullable: boolean
  /** How many values the column has, by the statistics of the server; undefined if these do not say. */
  readonly distinct: number | undefined
  /** What its values are, if it is json: `object`, `objects` in arrays, or something else. */
  readonly json: string | undefined
  /** The schema of its type, where that is needed to call functions of it. */
  readonly typeSchema: string
}

/** A field with the SQL that gives its values, or why there is none. */
export type SuggestedField =
  | { readonly sql: string; readonly field: Readonly<Record<string, unknown>> }
  | { readonly reason: string }

/** A facet with more values is a list that no one reads. */
const MOST_FACET_VALUES = 100

/** The field that a column fits best. `value` is SQL of the column. */
export function suggestField(column: ColumnFacts, value: string): SuggestedField {
  const { name, isNullable } = column
  if (isReserved(name))
    return {
      reason: 'Typesense keeps names that end in _sequence_id for its own fields',
    }
  const found = typeOf(column, value)
  if ('reason' in found) return found
  const { sql = value, ...type } = found
  const optional = isNullable ? { optional: true } : {}
  const facet = isFacet(column, type.type) ? { facet: true } : {}
  return {
    sql: sql === value ? value : `${sql} AS ${displayIdentifier(name)}`,
    field: { name, ...type, ...facet, ...optional },
  }
}

interface FoundType {
  readonly type: string
  /** Undefined for the column itself. */
  readonly sql?: string
  readonly num_dim?: number
}

function typeOf(column: ColumnFacts, value: string): FoundType | { readonly reason: string } {
  const { type, isEnum } = column
  if (type.endsWith('[]')) return arrayOf(isEnum ? ENUM : type.slice(0, -2), value)
  if (isEnum) return { type: 'string' }
  const [, digits, scale] = /^numeric\((\d+),(-?\d+)\)$/.exec(type) ?? []
  if (scale !== undefined && Number(scale) <= 0 && Number(digits) - Number(scale) <= MOST_DIGITS_OF_INT64)
    return { type: 'int64', sql: `${value}::bigint` }
  const kind = type.replace(/\(.*\)/, '')
  if (kind === 'numeric') return { type: 'float', sql: `${value}::float8` }
  if (INSTANTS.has(kind)) return { type: 'int64', sql: secondsSql(value, column.isNullable) }
  if (kind === 'json' || kind === 'jsonb') return ofJson(column, value)
  const known = FIELDS.get(kind)
  if (known !== undefined) return { type: known }
  if (TEXTS.has(kind)) return { type: 'string', sql: `${value}::text` }
  return ofExtension(column, kind, value)
}

/** Infinite times have no seconds: they are left out, or where that may not be, come first or last. */
function secondsSql(value: string, isNullable: boolean): string {
  const seconds = `extract(epoch FROM ${value})`
  return isNullable
    ? `CASE WHEN isfinite(${value}) THEN ${seconds}::bigint END`
    : `greatest(least(${seconds}, 1e15), -1e15)::bigint`
}

const MOST_DIGITS_OF_INT64 = 18
const INSTANTS = new Set(['date', 'timestamp without time zone', 'timestamp with time zone'])
const FIELDS: ReadonlyMap<string, string> = new Map([
  ['smallint', 'int32'],
  ['integer', 'int32'],
  ['bigint', 'int64'],
  ['real', 'float'],
  ['double precision', 'float'],
  ['boolean', 'bool'],
  ['text', 'string'],
  ['character varying', 'string'],
  ['character', 'string'],
  ['citext', 'string'],
  ['uuid', 'string'],
])
const TEXTS = new Set([
  'time without time zone',
  'time with time zone',
  'interval',
  'inet',
  'cidr',
  'macaddr',
  'ltree',
])

const ENUM = 'enum'

/** The server rejects arrays with a null in them. */
function arrayOf(element: string, value: string): FoundType | { readonly reason: string } {
  const kind = element.replace(/\(.*\)/, '')
  const without = (type: string, cast = '') => ({ type, sql: `array_remove(${value}${cast}, NULL)` })
  if (kind === 'numeric') return without('float[]', '::float8[]')
  if (kind === ENUM || TEXTS.has(kind)) return without('string[]', '::text[]')
  if (INSTANTS.has(kind)) {
    const seconds = `ARRAY(SELECT extract(epoch FROM each)::bigint FROM unnest(${value}) AS each WHERE isfinite(each))`
    return { type: 'int64[]', sql: `CASE WHEN ${value} IS NOT NULL THEN ${seconds} END` }
  }
  const known = FIELDS.get(kind)
  return known === undefined
    ? { reason: `Typesense has no field for arrays of ${element}` }
    : without(`${known}[]`)
}

/** Objects stay what they are; anything else would be a field whose type its first document decides. */
function ofJson({ json }: ColumnFacts, value: string): FoundType {
  if (json === undefined || json === 'object') return { type: 'object' }
  return json === 'objects' ? { type: 'object[]' } : { type: 'string', sql: `${value}::text` }
}

function ofExtension(
  { type, typeSchema, name }: ColumnFacts,
  kind: string,
  value: string,
): FoundType | { readonly reason: string } {
  const plain = kind.slice(kind.lastIndexOf('.') + 1)
  const [, dimensions] = /\bvector\((\d+)\)$/.exec(type) ?? []
  if (plain === 'vector' && dimensions !== undefined)
    return { type: 'float[]', sql: `${value}::real[]`, num_dim: Number(dimensions) }
  if (plain === 'citext') return { type: 'string' }
  const place = placeOf(type, typeSchema, value)
  if (place !== undefined) return { type: 'geopoint', sql: place }
  return { reason: `Typesense has no field for ${name}, which is of the type ${type}` }
}

/** Points alone: what else has a place has more than that. The points of PostgreSQL are taken to hold longitude first, as those of PostGIS do. */
function placeOf(type: string, typeSchema: string, value: string): string | undefined {
  const [found, base, modifier] = /\b(geometry|geography)(\(Point[ZM]*\b.*\))$/i.exec(type) ?? []
  if (type === 'point') return geopointSql(value, type)?.swapped
  if (found === undefined) return undefined
  return geopointSql(value, `${displayIdentifier(typeSchema)}.${base}${modifier}`)?.sql
}

function isFacet({ isEnum, distinct, type: columnType }: ColumnFacts, type: string): boolean {
  if (isEnum || type === 'bool') return true
  if (type === 'string[]') return true
  if (columnType === 'uuid') return false
  return type === 'string' && distinct !== undefined && distinct <= MOST_FACET_VALUES
}

/** A pair of columns that hold where something is, and the name of the geopoint that they make, without which they have no fields. */
export interface Location {
  readonly name: string
  readonly latitude: ColumnFacts
  readonly longitude: ColumnFacts
}

/** All such pairs, such as `lat` and `lng`, or `pickup_lat` and `pickup_lng`. */
export function findLocations(columns: readonly ColumnFacts[]): Location[] {
  const halves = columns.filter(({ type }) => /^(?:real|double precision|numeric)/.test(type))
  const find = (pattern: RegExp) =>
    new Map(
      halves.flatMap((column) => {
        const found = pattern.exec(column.name)
        return found === null ? [] : [[found[1] ?? '', column] as const]
      }),
    )
  const longitudes = find(/^(.*_)?(?:lng|lon|long|longitude)$/i)
  return [...find(/^(.*_)?(?:lat|latitude)$/i)].flatMap(([prefix, latitude]) => {
    const longitude = longitudes.get(prefix)
    return longitude === undefined ? [] : [{ name: `${prefix}location`, latitude, longitude }]
  })
}

/** The field to sort by where a search says nothing: when a row was made or changed, else nothing. */
export function findSortingField(fields: readonly Readonly<Record<string, unknown>>[]): string | undefined {
  const names = fields.flatMap(({ name, type, optional }) =>
    type === 'int64' && optional !== true ? [String(name)] : [],
  )
  return (
    names.find((name) => /creat|publish|insert/i.test(name)) ??
    names.find((name) => /updat|modif|date|time|_at$/i.test(name))
  )
}
