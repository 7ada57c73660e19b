import { groupByTable, TableSet } from '../../../core/table-map.ts'
import { nameKey, type TableName } from '../../../core/table-name.ts'
import { mentions } from '../find-broken.ts'
import { judge } from './judge.ts'
import type { JudgedCatalog } from './judged-catalog.ts'
import { judgeNames } from './kind-by-name.ts'
import { numbersOfRows } from './numbers-of-rows.ts'
import { type OwnNames, ownNames } from './own-names.ts'
import {
  extensionsOfPeople,
  type JudgedTable,
  tablesAboutAnimals,
  tablesAboutPeople,
} from './people-tables.ts'
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
  const named = new Map(tables.map((table) => [table, ownNames(table, samples)]))
  const judged = tables.map((table) => judgeAlone(table, samples, named.get(table), elsewhere(table)))
  const isTextLong = usesTextForLong(tables)
  const isOfRows = numbersOfRows(tables)
  const aboutPeople = tablesAboutPeople(judged, foreignKeys)
  const aboutAnimals = tablesAboutAnimals(judged, foreignKeys)
  const extensions = extensionsOfPeople(judged, foreignKeys)
  return judged.flatMap(({ table, kinds: seen }) => {
    const { kinds, prose, holds, isOfOthers, isImpersonal } = judgeNames(table, {
      seen,
      isAboutPeople: aboutPeople.has(table.name),
      isAboutAnimals: aboutAnimals.has(table.name),
      isOfPeople: extensions.has(table.name),
      named: named.get(table),
      referElsewhere: elsewhere(table),
      isTextLong,
    })
    return table.columns.flatMap((column): FoundColumn[] => {
      if (column.generated !== 'no') return []
      const key = `${nameKey(table.name)}\0${column.name}`
      const found = judge(kinds.get(column.name), samples.get(key), {
        isStrict,
        holds: holds.get(column.name),
        prose: prose.get(column.name) ?? 'things',
        isOfOthers,
        isImpersonal: (kind) => isImpersonal(column.name, kind),
      })
      // A column that refers to another table of the run is masked together with it.
      if (found === undefined || referring.has(key)) return []
      if (found.kind === kinds.get(column.name) && isOfRows(found.kind, table, column)) return []
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
  named: OwnNames,
  referElsewhere: ReadonlySet<string>,
): JudgedTable {
  const names = judgeNames(table, {
    isAboutPeople: false,
    isAboutAnimals: false,
    isOfPeople: false,
    named,
    referElsewhere,
    isTextLong: false,
  })
  const kinds = table.columns.flatMap(({ name }) => {
    const found = judge(names.kinds.get(name), samples.get(`${nameKey(table.name)}\0${name}`), {
      isStrict: false,
      prose: 'things',
      isOfOthers: names.isOfOthers,
      // Whom the table is about is not known yet.
      isImpersonal: ({ needs: _, ...kind }) => names.isImpersonal(name, kind),
    })
    return found === undefined ? [] : [[name, found.kind] as const]
  })
  return { ...names, table, kinds: new Map(kinds) }
}

/** Whether most texts of a database have a type with a limit, or `varchar`, so that `text` stands for what can be long. */
function usesTextForLong(tables: JudgedCatalog['tables']): boolean {
  const types = tables.flatMap(({ columns }) => columns.map(({ baseType }) => baseType))
  const long = types.filter((type) => type === 'text').length
  return types.filter((type) => type.startsWith('character')).length > 2 * long
}
