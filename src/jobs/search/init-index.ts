import { readFile } from 'node:fs/promises'
import type { Config, Profile } from '../../config/config.ts'
import { parseTableName } from '../../config/read/parse-table-name.ts'
import { addSearchIndex, type WrittenIndex, writeSearchIndex } from '../../config/write/add-search-index.ts'
import { MbsyncError, UsageError } from '../../core/errors.ts'
import { shellWord } from '../../core/shell-word.ts'
import { displayIdentifier, displayName } from '../../core/table-name.ts'
import { writeWhole } from '../../files/write-whole.ts'
import { type ForeignKey, type SurveyedRows, surveyQuery, surveyTable } from '../../indexing/survey-rows.ts'
import type { Session } from '../../postgres/session.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { withTarget } from '../../run/databases.ts'
import {
  type ColumnFacts,
  findLocations,
  findSortingField,
  type Location,
  suggestField,
} from '../../search/typesense/suggest-field.ts'

/** What `typesense init` is asked. */
export interface InitIndexOptions {
  /** A table or view with its schema, or a SELECT. */
  readonly what: string
  /** The name of the search index; that of the table unless given. */
  readonly name: string | undefined
  /** Columns with foreign keys whose rows are nested. */
  readonly nest: readonly string[]
  /** Whether nothing is written but what would be added. */
  readonly isPrinted: boolean
}

/** A search index that was written into the configuration. */
export interface InitialIndex {
  readonly searchIndex: string
  /** The file; undefined if nothing was written. */
  readonly path: string | undefined
  readonly yaml: string
  readonly leftOut: readonly { readonly column: string; readonly reason: string }[]
  /** What could be nested, too. */
  readonly foreignKeys: readonly { readonly column: string; readonly table: string }[]
}

/**
 * Writes a search index for a table or a query into the configuration file. Reads the catalog of the target, its statistics, and which kind of
 * values json columns have.
 * @throws UsageError if there is no such table or file, or nothing to take the id of a document from
 */
export async function initIndex(
  { path }: Pick<Config, 'path'>,
  profile: Profile,
  { what, name: wantedName, nest, isPrinted }: InitIndexOptions,
  context: JobContext,
): Promise<InitialIndex> {
  if (path === undefined && !isPrinted) {
    throw new UsageError('There is no configuration file to write a search index into', {
      hint: '`mbsync init` writes one; --print only prints the search index.',
    })
  }
  const table = ONE_NAME.test(what.trim()) ? parseTableName(what.trim()) : undefined
  const name = wantedName ?? table?.name.toLowerCase() ?? 'documents'
  return withTarget(profile, context, async (target) => {
    const session = await target.session()
    const rows =
      table === undefined
        ? await surveyQuery(session, what.trim().replace(/;$/, '')).catch(explainQuery)
        : await surveyTable(session, table)
    if (rows === undefined)
      throw new UsageError(`${what}: the target has no such table`, {
        hint: 'Write it with its schema, such as public."Product", or give a SELECT.',
      })
    const { index, leftOut } = await describeIndex(session, rows, nest, table && displayName(table))
    const yaml = writeSearchIndex(name, index)
    if (!isPrinted && path !== undefined)
      await writeWhole(
        path,
        [addSearchIndex(await readFile(path, 'utf8'), name, index, profile.name)],
        'as before',
      )
    return {
      searchIndex: name,
      path: isPrinted ? undefined : path,
      yaml,
      leftOut,
      foreignKeys: rows.foreignKeys
        .filter(({ column }) => !nest.includes(column))
        .map(({ column, table: referenced }) => ({ column, table: displayName(referenced) })),
    }
  })
}

/** What else has two halves is a query. */
const ONE_NAME = /^(?:"(?:[^"]|"")+"|[^".\s]+)\.(?:"(?:[^"]|"")+"|[^".\s]+)$/

async function describeIndex(
  session: Session,
  { from, columns, key, foreignKeys }: SurveyedRows,
  nest: readonly string[],
  table: string | undefined,
): Promise<{ readonly index: WrittenIndex; readonly leftOut: InitialIndex['leftOut'] }> {
  const id = chooseId(columns, key)
  if (id === undefined) throw withoutId(from)
  const locations = findLocations(columns)
  const halves = locations.flatMap(({ latitude, longitude }) => [latitude, longitude])
  const items = [id.column === undefined ? `${id.sql('t.')} AS id` : id.sql('t.')]
  const fields: Readonly<Record<string, unknown>>[] = []
  const leftOut: { column: string; reason: string }[] = []
  for (const column of columns) {
    if (column.name === id.column || column.name === 'id' || halves.includes(column)) continue
    const suggested = suggestField(column, `t.${displayIdentifier(column.name)}`)
    if ('reason' in suggested) leftOut.push({ column: column.name, reason: suggested.reason })
    else {
      items.push(suggested.sql)
      fields.push(suggested.field)
    }
  }
  for (const location of locations) {
    const name = freeName(fields, location.name, `${location.name}_coordinates`)
    items.push(`${locationSql(location)} AS ${displayIdentifier(name)}`)
    const isOptional = location.latitude.isNullable || location.longitude.isNullable
    fields.push({ name, type: 'geopoint', ...(isOptional ? { optional: true } : {}) })
  }
  for (const column of nest) {
    const nested = await nestRow(session, foreignKeys, column)
    const name = freeName(fields, nested.name, `${nested.name}_row`)
    items.push(`${nested.sql} AS ${displayIdentifier(name)}`)
    fields.push({ name, type: 'object', optional: true })
  }
  const isNested = fields.some(({ type }) => String(type).startsWith('object'))
  const sorting = findSortingField(fields)
  return {
    leftOut,
    index: {
      type: 'typesense',
      query: `SELECT ${items.join(',\n  ')}\nFROM ${from} AS t\n`,
      ...(id.column === undefined || id.column === 'id' ? {} : { id: id.column }),
      ...(table === undefined || key.length === 0 || (nest.length === 0 && isKey(id, key))
        ? {}
        : { keys: { [table]: id.sql('') } }),
      schema: {
        ...(isNested ? { enable_nested_fields: true as const } : {}),
        ...(sorting === undefined ? {} : { default_sorting_field: sorting }),
        fields,
      },
    },
  }
}

/** What the id of a document is made of. */
interface ChosenId {
  /** The column that it is; undefined if it is made of several. */
  readonly column: string | undefined
  /** As SQL over columns behind a prefix. */
  readonly sql: (prefix: string) => string
}

/** The primary key, or a column `id`, which may be unique without the others of the key. */
function chooseId(columns: readonly ColumnFacts[], key: SurveyedRows['key']): ChosenId | undefined {
  const [first, ...more] = key
  const isOne = first === undefined || more.length === 0
  const own = isOne || key.some(({ name, isOwn }) => name === 'id' && isOwn) ? 'id' : undefined
  const column = more.length === 0 ? (first?.name ?? own) : own
  if (column !== undefined) {
    if (!columns.some(({ name }) => name === column)) return undefined
    return { column, sql: (prefix) => `${prefix}${displayIdentifier(column)}` }
  }
  const parts = key.flatMap(({ name }) => columns.filter((each) => each.name === name))
  const list = (prefix: string) => parts.map(({ name }) => `${prefix}${displayIdentifier(name)}`).join(', ')
  // With two parts that may have an underscore in them, two keys could make one id.
  const isClear = parts.filter(({ type }) => !WITHOUT_UNDERSCORE.test(type)).length < 2
  const sql = (prefix: string) => (isClear ? `concat_ws('_', ${list(prefix)})` : `(${list(prefix)})::text`)
  return { column: undefined, sql }
}

const WITHOUT_UNDERSCORE = /^(smallint|integer|bigint|uuid|date|boolean|timestamp.*)$/

/** Whether the id is the key of the table, from which changed rows are known without a word. */
function isKey({ column }: ChosenId, key: SurveyedRows['key']): boolean {
  return key.length === 1 && key[0]?.name === column
}

function explainQuery(cause: unknown): never {
  if (!(cause instanceof MbsyncError)) throw cause
  throw new UsageError(`The query does not run: ${cause.message}`, {
    cause,
    hint: 'It runs on the target, as one SELECT. Write the names of tables with their schema, such as public."Product".',
  })
}

/** The wanted name, unless a field has it already. */
function freeName(
  fields: readonly Readonly<Record<string, unknown>>[],
  wanted: string,
  other: string,
): string {
  return fields.some(({ name }) => name === wanted) ? other : wanted
}

function withoutId(from: string): UsageError {
  return new UsageError(`${from} has no column for the ids of documents`, {
    hint: 'It needs a primary key, or a column "id". Otherwise give a SELECT with such a column.',
  })
}

function locationSql({ latitude, longitude }: Location): string {
  const [lat, lng] = [latitude, longitude].map(({ name }) => `t.${displayIdentifier(name)}`)
  return `CASE WHEN ${lat} IS NOT NULL AND ${lng} IS NOT NULL THEN ARRAY[${lat}::float8, ${lng}::float8] END`
}

/** The row that a foreign key leads to, as an object; its columns of types that objects cannot have are left out. */
async function nestRow(
  session: Session,
  foreignKeys: readonly ForeignKey[],
  column: string,
): Promise<{ readonly name: string; readonly sql: string }> {
  const key = foreignKeys.find((each) => each.column === column)
  if (key === undefined) {
    const known = foreignKeys.map((each) => `\`${each.column}\``).join(', ') || 'none'
    throw new UsageError(`--nest ${shellWord(column)}: the table has no foreign key on this single column`, {
      hint: `Its columns with foreign keys are ${known}.`,
    })
  }
  const rows = await surveyTable(session, key.table)
  const parts = (rows?.columns ?? []).flatMap((each) => {
    const value = `r.${displayIdentifier(each.name)}`
    const suggested = suggestField(each, value)
    if ('reason' in suggested) return []
    return [suggested.sql === value ? value : suggested.sql]
  })
  const name = column.replace(/_?id$/i, '') || key.table.name
  const object = `(SELECT to_jsonb(o) FROM (SELECT ${parts.join(', ')} FROM ${displayName(key.table)} AS r WHERE r.${displayIdentifier(key.referenced)} = t.${displayIdentifier(column)}) AS o)`
  return { name, sql: object }
}
