import type { JudgedCatalog } from './judged-catalog.ts'
import type { PersonalKind } from './kind.ts'
import { affixesOf, splitWordsOf, wordsOf } from './name-words.ts'
import { referencesTo } from './people-tables.ts'

type Table = JudgedCatalog['tables'][number]
type Column = Pick<Table['columns'][number], 'name' | 'type'>

/** Whether a column that is called as a number of a person only tells the rows of a table apart, or refers to them. */
export function numbersOfRows(
  tables: readonly Table[],
): (kind: PersonalKind, table: Table, column: Column) => boolean {
  const isShared = sharedNumbers(tables)
  const refersByName = namedReferences(tables)
  return (kind, table, column) =>
    refersByName(column) ||
    isNumbered(table, column) ||
    (isNumber(kind, column.name) && (isShared(column.name) || isItsKey(table, column)))
}

/** Whether a column seems to hold what may be only a number of rows: of accounts, of staff, of vehicles. */
function isNumber({ name }: PersonalKind, column: string): boolean {
  if (name === 'vehicle of a person') return true
  const words = splitWordsOf(column)
  return name === 'IBAN' ? !words.includes('iban') : name === 'identity number' && OF_STAFF.test(words)
}

const OF_STAFF =
  /^((id|num(ero)?) )?(pers|personal|personnel|personeels|staff|employee|emp|mitarbeiter|badge|payroll|agente?|document)( (id|nr|no|num|number|nummer))?$/

/** Numbers that begin a table, and that other tables have under the same name: they refer to its rows, whether or not a foreign key says so. */
function sharedNumbers(tables: readonly Table[]): (column: string) => boolean {
  const counts = new Map<string, number>()
  for (const { columns } of tables)
    for (const { name } of columns) counts.set(name, (counts.get(name) ?? 0) + 1)
  const first = new Set(tables.flatMap(({ columns, keyColumns = [] }) => [columns[0]?.name, ...keyColumns]))
  return (column) => first.has(column) && (counts.get(column) ?? 0) > 1
}

/** Whether a number is called as what refers to one of the tables: `item_tax_id` beside a table of taxes. */
function namedReferences(tables: readonly Table[]): (column: Column) => boolean {
  const references = new Set(
    tables.flatMap((table) => referencesTo(table)).filter((each) => / id$|^id /.test(each)),
  )
  return ({ name, type }) => {
    if (!/^(small|big)?int|^uuid/.test(type)) return false
    const words = splitWordsOf(name).split(' ')
    return words.some((_, start) => references.has(words.slice(start).join(' ')))
  }
}

/** Whether a column is an `id` that the rows of its table got from the database. */
function isItsKey({ keyColumns = [] }: Table, { name, type }: Column): boolean {
  return (
    keyColumns.length === 1 &&
    keyColumns[0] === name &&
    /^(small|big)?int/.test(type) &&
    /(^id_|_id$|Id$)/.test(name)
  )
}

/** `KVNR`, which begins a table where the names of all columns begin with `KV`. */
function isNumbered({ name, columns, keyColumns = [] }: Table, column: Column): boolean {
  if (keyColumns.length !== 1 || keyColumns[0] !== column.name) return false
  const { glued = '' } = affixesOf(
    columns.map((each) => each.name),
    name.name,
  )
  return glued !== '' && /^(nr|no|num)$/.test(wordsOf(column.name).replace(glued, ''))
}
