import { groupByTable, TableSet } from '../../../core/table-map.ts'
import { nameKey, type TableName } from '../../../core/table-name.ts'
import type { LiveCatalog, LiveTable } from '../../inspect/inspect-source.ts'
import { mentions } from '../find-broken.ts'
import { judge } from './judge.ts'
import { judgeNames, kindsByName } from './kind-by-name.ts'
import { tablesAboutPeople } from './people-tables.ts'
import type { Sample } from './sample-values.ts'
import { type SuggestedMask, suggestMasks } from './suggest-masks.ts'
import { namesItsRow } from './table-context.ts'

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
  { tables, foreignKeys, restrictions }: LiveCatalog,
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
  const judged = tables.map((table) => ({ table, kinds: kindsByName(table) }))
  const aboutPeople = tablesAboutPeople(judged, foreignKeys)
  return tables.flatMap((table) => {
    const { kinds, written, isImpersonal } = judgeNames(table, {
      isAboutPeople: aboutPeople.has(table.name),
      isOfBusinesses: areBusinesses(table, samples),
    })
    return table.columns.flatMap((column): FoundColumn[] => {
      if (column.generated !== 'no') return []
      const key = `${nameKey(table.name)}\0${column.name}`
      const found = judge(kinds.get(column.name), samples.get(key), {
        isStrict,
        isAboutPeople: written.has(column.name),
        isImpersonal: (kind) => isImpersonal(column.name, kind),
      })
      // A column that refers to another table of the run is masked together with it.
      if (found === undefined || referring.has(key)) return []
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

/** Whether the names of the rows of a table end as those of companies do. */
function areBusinesses(table: LiveTable, samples: ReadonlyMap<string, Sample>): boolean {
  return table.columns.some(({ name }) => {
    const sample = samples.get(`${nameKey(table.name)}\0${name}`)
    if (sample === undefined || sample.values < 10 || sample.companies * 3 < sample.values) return false
    return namesItsRow(table.name.name, name)
  })
}
