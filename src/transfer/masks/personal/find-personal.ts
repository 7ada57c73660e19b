import { groupByTable, TableSet } from '../../../core/table-map.ts'
import { nameKey, type TableName } from '../../../core/table-name.ts'
import { mentions } from '../find-broken.ts'
import { judge } from './judge.ts'
import type { JudgedCatalog } from './judged-catalog.ts'
import type { PersonalKind } from './kind.ts'
import { judgeNames } from './kind-by-name.ts'
import { affixesOf, splitWordsOf, wordsOf } from './name-words.ts'
import { ownNames } from './own-names.ts'
import { extensionsOfPeople, type JudgedTable, referencesTo, tablesAboutAnimals, tablesAboutPeople } from './people-tables.ts'
import type { Sample } from './sample.ts'
import { type SuggestedMask, suggestMasks } from './suggest-masks.ts'
import { isNamedForPeople } from './table-context.ts'

/** A column whose values seem to be about a person. */
export interface PersonalColumn {
  readonly table: TableName
  readonly column: string
  readonly type: string
  /** Such as `e-mail address`. */
  readonly kind: string
  /** The evidence, as sentences. */
  readonly reasons: readonly string[]
  /** A suitable mask, in the form of mbsync.yaml; null is the mask `null`. Undefined if no mask is known to fit the column. */
  readonly suggestion?: SuggestedMask
}

/** A column that looks personal, before it is known which masks fit it. */
export interface FoundColumn extends Omit<PersonalColumn, 'suggestion'> {
  /** The masks that suit what it is, the best first. */
  readonly suited: readonly SuggestedMask[]
}

/**
 * Finds the columns that look personal by their names, their types and the counts of a sample. `samples` are by {@link nameKey} of the
 * table and the column.
 */
export function findPersonal(
  { tables, foreignKeys, restrictions }: JudgedCatalog,
  samples: ReadonlyMap<string, Sample>,
  isStrict = false,
): FoundColumn[] {
  const inRun = new TableSet(tables.map(({ name }) => name))
  const referring = new Set(
    foreignKeys
      .filter(({ parentTable }) => inRun.has(parentTable))
      .flatMap((key) => key.childColumns.map((column) => `${nameKey(key.childTable)}\0${column}`)),
  )
  const unique = groupByTable(
    (restrictions?.ofTables ?? []).filter(({ kind }) => kind === 'unique'),
    ({ table }) => table,
  )
  const elsewhere = referencesElsewhere(foreignKeys)
  const judged = tables.map((table) => judgeAlone(table, samples, elsewhere(table)))
  const isTextLong = usesTextForLong(tables)
  const isShared = sharedNumbers(tables)
  const refersByName = namedReferences(tables)
  const aboutPeople = tablesAboutPeople(judged, foreignKeys)
  const aboutAnimals = tablesAboutAnimals(judged, foreignKeys)
  const extensions = extensionsOfPeople(judged, foreignKeys)
  return judged.flatMap(({ table, kinds: seen }) => {
    const { kinds, prose, isOfOthers, isImpersonal } = judgeNames(table, {
      seen,
      isAboutPeople: aboutPeople.has(table.name),
      isAboutAnimals: aboutAnimals.has(table.name),
      isOfPeople: extensions.has(table.name),
      named: ownNames(table, samples),
      referElsewhere: elsewhere(table),
      isTextLong,
    })
    return table.columns.flatMap((column): FoundColumn[] => {
      if (column.generated !== 'no') return []
      const key = `${nameKey(table.name)}\0${column.name}`
      const found = judge(kinds.get(column.name), samples.get(key), {
        isStrict,
        prose: prose.get(column.name) ?? 'things',
        isOfOthers,
        isImpersonal: (kind) => isImpersonal(column.name, kind),
      })
      // A column that refers to another table of the run is masked together with it.
      if (found === undefined || referring.has(key)) return []
      const isByName = found.kind === kinds.get(column.name)
      if (isByName && refersByName(column)) return []
      if (isByName && isNumber(found.kind, column.name) && (isShared(column.name) || isItsKey(table, column)))
        return []
      const facts = {
        isUnique:
          unique
            .get(table.name)
            ?.some(({ elements }) => elements.some((element) => mentions(element, column.name))) ?? false,
        hasKey: table.keyColumns !== undefined,
      }
      return [
        {
          table: table.name,
          column: column.name,
          type: column.type,
          kind: found.kind.name,
          reasons: found.reasons,
          suited: suggestMasks(found.kind, column, facts),
        },
      ]
    })
  })
}

/** The columns of a table whose foreign keys lead to tables that are not called as people are, whatever the columns are called. */
function referencesElsewhere(
  foreignKeys: JudgedCatalog['foreignKeys'],
): (table: JudgedCatalog['tables'][number]) => ReadonlySet<string> {
  const byTable = groupByTable(
    foreignKeys.filter(({ parentTable }) => !isNamedForPeople(parentTable.name)),
    ({ childTable }) => childTable,
  )
  return ({ name, keyColumns = [] }) => {
    const columns = (byTable.get(name) ?? []).flatMap(({ childColumns }) => childColumns)
    return new Set([...columns, ...(keyColumns.length === 1 ? keyColumns : [])])
  }
}

/** Judges a table as if there were no other. */
function judgeAlone(
  table: JudgedCatalog['tables'][number],
  samples: ReadonlyMap<string, Sample>,
  referElsewhere: ReadonlySet<string>,
): JudgedTable {
  const names = judgeNames(table, {
    isAboutPeople: false,
    isAboutAnimals: false,
    isOfPeople: false,
    named: ownNames(table, samples),
    referElsewhere,
    isTextLong: false,
  })
  const kinds = table.columns.flatMap(({ name }) => {
    const found = judge(names.kinds.get(name), samples.get(`${nameKey(table.name)}\0${name}`), {
      isStrict: false,
      prose: 'things',
      isOfOthers: names.isOfOthers,
      isImpersonal: (kind) => names.isImpersonal(name, kind),
    })
    return found === undefined ? [] : [[name, found.kind] as const]
  })
  return { ...names, table, kinds: new Map(kinds) }
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
function sharedNumbers(tables: JudgedCatalog['tables']): (column: string) => boolean {
  const counts = new Map<string, number>()
  for (const { columns } of tables)
    for (const { name } of columns) counts.set(name, (counts.get(name) ?? 0) + 1)
  const first = new Set(tables.flatMap(({ columns, keyColumns = [] }) => [columns[0]?.name, ...keyColumns]))
  return (column) => first.has(column) && (counts.get(column) ?? 0) > 1
}

/** Whether a number is called as what refers to one of the tables: `item_tax_id` beside a table of taxes. */
function namedReferences(
  tables: JudgedCatalog['tables'],
): (column: { readonly name: string; readonly type: string }) => boolean {
  const references = new Set(
    tables.flatMap((table) => referencesTo(table)).filter((each) => / id$|^id /.test(each)),
  )
  return ({ name, type }) => {
    if (!/^(small|big)?int|^uuid/.test(type)) return false
    const words = splitWordsOf(name).split(' ')
    return words.some((_, start) => references.has(words.slice(start).join(' ')))
  }
}

/** Whether a column is an `id` or a number that the rows of its table got from the database. */
function isItsKey(
  { columns, keyColumns = [], name: { name: table } }: JudgedCatalog['tables'][number],
  { name, type }: { readonly name: string; readonly type: string },
): boolean {
  return (
    keyColumns.length === 1 &&
    keyColumns[0] === name &&
    /^(small|big)?int/.test(type) &&
    (/(^id_|_id$|Id$)/.test(name) || isNumberOfRows(columns, table, name))
  )
}

/** `KVNR`, where the names of all columns begin with `KV`. */
function isNumberOfRows(
  columns: JudgedCatalog['tables'][number]['columns'],
  table: string,
  column: string,
): boolean {
  const { glued = '' } = affixesOf(
    columns.map(({ name }) => name),
    table,
  )
  return glued !== '' && /^(nr|no|num)$/.test(wordsOf(column).replace(glued, ''))
}

/** Whether most texts of a database have a type with a limit, or `varchar`, so that `text` stands for what can be long. */
function usesTextForLong(tables: JudgedCatalog['tables']): boolean {
  const types = tables.flatMap(({ columns }) => columns.map(({ baseType }) => baseType))
  const long = types.filter((type) => type === 'text').length
  return types.filter((type) => type.startsWith('character')).length > 2 * long
}
