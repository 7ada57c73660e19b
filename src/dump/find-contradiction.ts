import { groupByTable, TableSet } from '../core/table-map.ts'
import { displayName, nameKey } from '../core/table-name.ts'
import { OWN_SCHEMAS } from '../postgres/catalog/list-relations.ts'
import { allFiles } from './all-files.ts'
import { METHODS } from './compression.ts'
import {
  type DumpFile,
  FORMAT_VERSIONS,
  type Manifest,
  type ManifestFile,
  type ManifestTable,
} from './manifest.ts'

/** What a compressed file holds beside the compressed bytes, generously. */
const OVERHEAD = 1024
/** The settings and the COPY statement before the rows: 1,600 long column names fit. */
const LONGEST_HEADER = 4 * 1024 * 1024
const LONGEST_TRAILER = 1024

/** What cannot be true of a manifest whose every field is valid; undefined if all of it can. */
export function findContradiction(manifest: Manifest): string | undefined {
  const { tables, sequences, files } = manifest
  const all: DumpFile[] = allFiles(manifest)
  const path = findRepeated(all.map((file) => file.path))
  if (path !== undefined) return `two files are named ${path}`
  const foreign = [...tables, ...sequences].find(({ schema }) => isNeverDumped(schema))
  if (foreign !== undefined) return `${displayName(foreign)} is never part of a dump`
  if (findRepeated(tables.map(nameKey)) !== undefined) return 'a table is described twice'
  const known = new TableSet(tables)
  const stray = files.find(({ table }) => !known.has(table))
  if (stray !== undefined) return `${stray.path} is of a table that is not described`
  const { method } = manifest.compression
  if (method !== 'gzip' && manifest.formatVersion < FORMAT_VERSIONS[method])
    return `no dump of its format version has ${method}`
  const { suffix, largestRatio } = METHODS[method]
  const other = all.find((file) => !file.path.endsWith(suffix))
  if (other !== undefined) return `${other.path} is not named as a file of its compression`
  const impossible = all.find(({ bytes, rawBytes }) => rawBytes > bytes * largestRatio + OVERHEAD)
  if (impossible !== undefined) return `${impossible.path} cannot hold as many bytes as it claims`
  const misfit = files.find((file) => !areRowsInPlace(file))
  if (misfit !== undefined) return `the rows of ${misfit.path} do not fit in it`
  const byTable = groupByTable(files, ({ table }) => table)
  const wrong = tables.find((table) => !addsUp(table, byTable.get(table) ?? []))
  return wrong === undefined ? undefined : `the files of ${displayName(wrong)} do not add up`
}

/** Schemas of the system and of mbsync itself. */
function isNeverDumped(schema: string): boolean {
  return /^(pg_|information_schema$)/.test(schema) || OWN_SCHEMAS.some((own) => own === schema)
}

function areRowsInPlace({ rowsStart, rowsBytes, rawBytes }: ManifestFile): boolean {
  const trailerBytes = rawBytes - rowsStart - rowsBytes
  return rowsStart <= LONGEST_HEADER && trailerBytes >= 0 && trailerBytes <= LONGEST_TRAILER
}

function addsUp(table: ManifestTable, files: readonly ManifestFile[]): boolean {
  const numbers = new Set(files.map(({ part }) => part))
  const total = (pick: (file: ManifestFile) => number) => files.reduce((sum, file) => sum + pick(file), 0)
  return (
    numbers.size === files.length &&
    files.every(({ part, parts }) => parts === files.length && part <= parts) &&
    total(({ rows }) => rows) === table.rows &&
    total(({ rowsBytes }) => rowsBytes) === table.bytes
  )
}

function findRepeated(texts: readonly string[]): string | undefined {
  const seen = new Set<string>()
  return texts.find((text) => {
    if (seen.has(text)) return true
    seen.add(text)
    return false
  })
}
