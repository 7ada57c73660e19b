import { TableSet } from '../../../core/table-map.ts'
import { isSameTable, nameKey, type TableName } from '../../../core/table-name.ts'
import type { LiveCatalog, LiveTable } from '../../inspect/inspect-source.ts'
import { columnType } from '../column-type.ts'
import type { PersonalKind } from './kind.ts'
import { kindsByName } from './kind-by-name.ts'
import { PERSONAL_KINDS } from './personal-kinds.ts'
import type { Sample } from './sample-values.ts'

/** A column whose values seem to be about a person. */
export interface PersonalColumn {
  readonly table: TableName
  readonly column: string
  readonly type: string
  /** Such as `e-mail address`. */
  readonly kind: string
  /** The evidence, as sentences. */
  readonly reasons: readonly string[]
  /** A suitable mask, in the form of mbsync.yaml; null is the mask `null`. */
  readonly suggestion: string | null | Readonly<Record<string, string>>
}

type Column = LiveTable['columns'][number]

/** The percentage of values that must match to classify a column whatever its name, and the percentage below which its name is doubted. */
const SURE_PERCENT = 50
const DOUBTFUL_PERCENT = 5
/** The list has only common first names. If values have the form of personal names, a few matches are enough. */
const SURE_NAMES_PERCENT = 25
const SURE_AMONG_NAME_LIKE_PERCENT = 8
const FEWEST_VALUES = 10

/**
 * Finds the columns that look personal by their names, their types and the counts of a sample. `samples` are by {@link nameKey} of the
 * table and the column.
 */
export function findPersonal(
  { tables, foreignKeys, restrictions }: LiveCatalog,
  samples: ReadonlyMap<string, Sample>,
  isStrict = false,
): PersonalColumn[] {
  const inRun = new TableSet(tables.map(({ name }) => name))
  const referring = new Set(
    foreignKeys
      .filter(({ parentTable }) => inRun.has(parentTable))
      .flatMap((key) => key.childColumns.map((column) => `${nameKey(key.childTable)}\0${column}`)),
  )
  return tables.flatMap((table) => {
    const kinds = kindsByName(table)
    return table.columns.flatMap((column): PersonalColumn[] => {
      if (column.generated !== 'no') return []
      const key = `${nameKey(table.name)}\0${column.name}`
      const found = judge(kinds.get(column.name), samples.get(key), isStrict)
      // A column that refers to another table of the run is masked together with it.
      if (found === undefined || referring.has(key)) return []
      const isUnique = (restrictions?.ofTables ?? []).some(
        (each) =>
          each.kind === 'unique' &&
          isSameTable(each.table, table.name) &&
          each.elements.some((element) => element.includes(column.name)),
      )
      return [
        {
          table: table.name,
          column: column.name,
          type: column.type,
          kind: found.kind.name,
          reasons: found.reasons,
          suggestion: suggestionFor(found.kind, column, isUnique, table.keyColumns !== undefined),
        },
      ]
    })
  })
}

function judge(
  kind: PersonalKind | undefined,
  sample: Sample | undefined,
  isStrict: boolean,
): { readonly kind: PersonalKind; readonly reasons: string[] } | undefined {
  const byValue = judgeValues(sample)
  if (byValue !== undefined) return byValue
  if (kind === undefined) return undefined
  const matched = sample?.matches.get(kind)
  const isDoubtful =
    !isStrict && (kind.mask === 'email' || kind.mask === 'ip')
      ? sample !== undefined &&
        sample.values >= FEWEST_VALUES &&
        ((matched ?? 0) * 100) / sample.values < DOUBTFUL_PERCENT
      : false
  return isDoubtful ? undefined : { kind, reasons: [`its name`] }
}

function judgeValues(
  sample: Sample | undefined,
): { readonly kind: PersonalKind; readonly reasons: string[] } | undefined {
  if (sample === undefined || sample.values < FEWEST_VALUES) return undefined
  const percentOf = (count: number) => Math.round((count * 100) / sample.values)
  for (const [kind, count] of sample.matches)
    if (percentOf(count) >= SURE_PERCENT)
      return {
        kind,
        reasons: [`${percentOf(count)} % of ${sample.values} values look like this`],
      }
  const kind = PERSONAL_KINDS.find(({ mask }) => mask === 'name')
  const isNameLike = percentOf(sample.nameLike) >= SURE_PERCENT
  const fewest = isNameLike ? SURE_AMONG_NAME_LIKE_PERCENT : SURE_NAMES_PERCENT
  if (kind === undefined || percentOf(sample.names) < fewest) return undefined
  return {
    kind,
    reasons: [`${percentOf(sample.names)} % of ${sample.values} values begin with a common first name`],
  }
}

/** The types that `hash` accepts. */
const HASHED: readonly string[] = ['text', 'integer', 'uuid', 'network']

function suggestionFor(
  { mask }: PersonalKind,
  { baseType, isNotNull }: Column,
  isUnique: boolean,
  hasKey: boolean,
): PersonalColumn['suggestion'] {
  if (baseType.endsWith('[]')) return isNotNull ? { mask: 'constant', value: '{}' } : null
  const { family, limit } = columnType(baseType)
  if (isUnique) {
    if (mask === 'email' || (mask === 'iban' && (limit ?? 22) >= 22)) return mask
    // Any number of rows may lack a value.
    return HASHED.includes(family) || isNotNull ? 'hash' : null
  }
  if (family === 'json') return 'redact-json'
  if (family === 'bytes') return 'file'
  if (family === 'date' || family === 'timestamp') return hasKey ? 'date-shift' : 'date-truncate'
  if (family === 'network') return 'ip'
  if (family === 'hardware') return isNotNull ? { mask: 'constant', value: '02:00:00:00:00:00' } : null
  if (mask === 'noise' && family !== 'text')
    return hasKey ? 'noise' : isNotNull ? { mask: 'constant', value: '0' } : null
  if (family === 'integer') return 'hash'
  if (family === 'number') return isNotNull ? { mask: 'constant', value: '0' } : null
  if (mask === 'null' || mask === 'noise' || mask === 'date-shift') return isNotNull ? 'text' : null
  const needed = { email: 24, phone: 12, iban: 22, card: 16, ip: 14, url: 40 }[mask] ?? 0
  return limit !== undefined && limit < needed ? 'text' : mask
}
