/**
 * Whether values of a PostgreSQL type, as `to_json` writes them, can be values of a Typesense field. What is not known to be wrong
 * fits: json and the types that a database defines itself, which may be domains over anything.
 */
export function fitsField(fieldType: string, columnType: string): boolean {
  const isArray = columnType.endsWith(']')
  const kind = kindOf(columnType.replace(/(\[\d*\])+$/, ''))
  if (kind === 'json' && !isArray) return true
  if (fieldType.startsWith('geopoint'))
    return !isGeometry(columnType) && (kind === 'unknown' || (isArray && kind !== 'text'))
  if (fieldType.startsWith('object')) return kind === 'unknown' || kind === 'json'
  const takes = TAKEN[fieldType.replace('[]', '')]
  if (takes === undefined || (kind === 'unknown' && !isArray)) return true
  if (isArray !== fieldType.endsWith('[]')) return false
  return kind === 'unknown' || kind === 'json' || takes.has(kind)
}

/** Whether a type is one of PostGIS or an array of them, whose values are written as GeoJSON or as hexadecimal. */
function isGeometry(columnType: string): boolean {
  return /(^|\.)(geometry|geography)(\(.*\))?(\[\])*$/.test(columnType)
}

/** Whether a field of floating point rounds the values of a column of whole numbers: servers keep 24 bits of each, about seven digits. */
export function isRounded(fieldType: string, columnType: string): boolean {
  const kind = kindOf(columnType.replace(/(\[\d*\])+$/, ''))
  return fieldType.replace('[]', '') === 'float' && (kind === 'bigint' || kind === 'huge')
}

/** Whether a type is a numeric of whole numbers that need not fit into 64 bits. */
export function isBeyond64Bits(columnType: string): boolean {
  return kindOf(columnType.replace(/(\[\d*\])+$/, '')) === 'huge'
}

type Kind = 'integer' | 'bigint' | 'huge' | 'decimal' | 'fraction' | 'bool' | 'text' | 'json' | 'unknown'

/** A numeric without digits after the point is written like an integer, and one of no given scale may be. */
const TAKEN: Readonly<Record<string, ReadonlySet<Kind>>> = {
  int32: new Set(['integer', 'decimal']),
  int64: new Set(['integer', 'bigint', 'decimal']),
  float: new Set(['integer', 'bigint', 'huge', 'decimal', 'fraction']),
  bool: new Set(['bool']),
  string: new Set(['text']),
}

/** All numbers of this many digits fit into 32 bits, and into 64. */
const DIGITS_OF_INT32 = 9
const DIGITS_OF_INT64 = 18

function kindOf(type: string): Kind {
  const [, precision, scale] = /^numeric\((\d+),(-?\d+)\)$/.exec(type) ?? []
  if (scale !== undefined) {
    if (Number(scale) > 0) return 'fraction'
    const digits = Number(precision) - Number(scale)
    if (digits > DIGITS_OF_INT64) return 'huge'
    return digits > DIGITS_OF_INT32 ? 'bigint' : 'decimal'
  }
  return KINDS.get(type.replace(/\([^)]*\)/, '').toLowerCase()) ?? 'unknown'
}

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ...named('integer', ['smallint', 'integer']),
  ...named('bigint', ['bigint']),
  ...named('decimal', ['numeric']),
  ...named('fraction', ['real', 'double precision']),
  ...named('bool', ['boolean']),
  ...named('json', ['json', 'jsonb']),
  ...named('text', [
    ...['text', 'character varying', 'character', '"char"', 'bpchar', 'name', 'citext', 'uuid', 'xml'],
    ...['date', 'interval', 'timestamp without time zone', 'timestamp with time zone'],
    ...['time without time zone', 'time with time zone', 'bytea', 'bit', 'bit varying', 'money', 'oid'],
    ...['inet', 'cidr', 'macaddr', 'macaddr8', 'tsvector', 'tsquery', 'ltree', 'pg_lsn'],
    ...['point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle'],
    ...['int4range', 'int8range', 'numrange', 'tsrange', 'tstzrange', 'daterange'],
  ]),
])

function named(kind: Kind, types: readonly string[]): [string, Kind][] {
  return types.map((type) => [type, kind])
}
