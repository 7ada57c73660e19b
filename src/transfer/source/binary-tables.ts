import { type ReadonlyTableSet, TableSet } from '../../core/table-map.ts'
import { copiedColumns, storedColumns } from '../inspect/columns.ts'
import type { Inspection, SourceColumn, TablePair } from '../inspect/inspection.ts'
import type { Part } from './part.ts'

/**
 * The tables whose rows travel in PostgreSQL's binary form, which takes the servers less work than text: those with the same types on both
 * sides, whose binary form means the same on both. Pure.
 * @param asTextOf the columns that land as text
 */
export function binaryTables(
  { pairs, source, target }: Inspection,
  asTextOf: (pair: TablePair) => readonly string[] = () => [],
): ReadonlyTableSet {
  // Text in an unknown encoding must not be converted, and the binary form cannot express that.
  if ([source.server, target.server].some(({ encoding }) => encoding === 'SQL_ASCII')) return new TableSet()
  // An older server would misread some values of a newer one, such as an infinite interval. Before version 10, a build option could change
  // the form of times.
  const [from, to] = [majorOf(source.server.version), majorOf(target.server.version)]
  if (from > to || from < 10) return new TableSet()
  const isEnum = (type: string) => [source, target].every(({ types }) => types.get(type)?.kind === 'enum')
  // Masked values are cast to the type of their column.
  const isBinary = (pair: TablePair) => asTextOf(pair).length === 0 && hasBinaryRows(pair, isEnum)
  return new TableSet(pairs.filter(isBinary).map((pair) => pair.source.name))
}

/** Parts with their form: binary if their tables are in `binary`. */
export function inBinary<P extends Part>(parts: readonly P[], binary: ReadonlyTableSet): P[] {
  return parts.map((part) => (binary.has(part.table) ? { isBinary: true, ...part } : part))
}

function hasBinaryRows(pair: TablePair, isEnum: (type: string) => boolean): boolean {
  const read = pair.source.textColumns ?? storedColumns(pair.source).map(({ name }) => name)
  const written = new Map(copiedColumns(pair).map((column) => [column.name, column]))
  const there = new Map(pair.source.columns.map((column) => [column.name, column]))
  return read.every((name) => {
    const [from, to] = [there.get(name), written.get(name)]
    return from !== undefined && to !== undefined && isSameForm(from, to, isEnum)
  })
}

function isSameForm(
  { baseType }: Pick<SourceColumn, 'baseType'>,
  to: Pick<SourceColumn, 'baseType'>,
  isEnum: (type: string) => boolean,
): boolean {
  if (baseType !== to.baseType) return false
  // An array names the type of its elements by OID, which for user-defined types differs between databases.
  return isEnum(baseType) || STABLE.has(withoutModifiers(baseType).replace(/\[\]$/, ''))
}

/** `interval year to month` has its modifier in words. */
function withoutModifiers(type: string): string {
  return type.replace(/\(.*?\)/, '').replace(/^interval [a-z ]+/, 'interval')
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10)
}

/**
 * Built-in types whose binary form is the same in all versions and databases. Excluded are xml, whose encoding declaration is rewritten;
 * money, whose fraction depends on the locale; and names of objects such as regclass, which are OIDs in the binary form.
 */
const STABLE: ReadonlySet<string> = new Set(
  [
    'boolean, smallint, integer, bigint, numeric, real, double precision, oid',
    'text, character varying, character, bpchar, "char", name, bytea, bit, bit varying, uuid, json, jsonb, tsvector',
    'date, time without time zone, time with time zone, timestamp without time zone, timestamp with time zone, interval',
    'int4range, int8range, numrange, daterange, tsrange, tstzrange',
    'int4multirange, int8multirange, nummultirange, datemultirange, tsmultirange, tstzmultirange',
    'cidr, inet, macaddr, macaddr8, point, line, lseg, box, path, polygon, circle',
  ].flatMap((types) => types.split(', ')),
)
