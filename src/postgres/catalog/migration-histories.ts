import { SHAPES, type Shape } from './history-shapes.ts'
import { outcomeColumnsOf } from './migration-outcomes.ts'

/** What a table is when a tool keeps in it which migrations its database has had. */
export interface MigrationHistory {
  /** The tool or tools that make such a table. */
  readonly tool: string
  /** The columns that name a migration, as the table spells them; empty where it has none or only a state. */
  readonly nameColumns: readonly string[]
  /** Those that say whether a migration has run, as the table spells them. */
  readonly outcomeColumns: readonly string[]
}

/**
 * Recognises the table in which a framework keeps its history of migrations, by name and by shape: a table of an application that is
 * merely called `migrations` has other columns. A shape that no application has is enough.
 */
export function recogniseHistory(
  { schema, name }: { readonly schema: string; readonly name: string },
  columns: readonly string[],
): MigrationHistory | undefined {
  const spelled = new Map(columns.map((column) => [column.toLowerCase(), column]))
  const shape = SHAPES.find(
    (each) =>
      (each.table?.test(name.toLowerCase()) ?? true) &&
      (each.schema?.test(schema) ?? true) &&
      hasShape(each, [...spelled.keys()]),
  )
  if (shape === undefined) return undefined
  const named = shape.nameColumns.flatMap((column) => spelled.get(column) ?? [])
  return {
    tool: shape.tool,
    nameColumns: named.length === shape.nameColumns.length ? named : [],
    outcomeColumns: outcomeColumnsOf(shape.tool).flatMap((column) => spelled.get(column) ?? []),
  }
}

function hasShape({ columns, required }: Shape, found: readonly string[]): boolean {
  if (columns !== undefined && !found.every((column) => columns.has(column))) return false
  return (
    required.every((column) => found.includes(column)) || (columns === undefined && isCore(required, found))
  )
}

/** Whether a table has the key of the tool's, which is named first, and no column that the tool's has not. */
function isCore([key = '', ...others]: readonly string[], found: readonly string[]): boolean {
  return found.includes(key) && found.every((column) => column === key || others.includes(column))
}

const NAMES = new Set(
  SHAPES.flatMap(({ table }) => table?.source.slice('^('.length, -')$'.length) ?? []).flatMap((name) =>
    name.includes('(') ? [name] : name.split('|'),
  ),
)
const PLAIN = /^\w+$/

/** The names, in lower case, of tables whose columns are worth a look. */
export const HISTORY_NAMES = [...NAMES].filter((name) => PLAIN.test(name))

/** A regular expression of PostgreSQL's for those with variants. Each session compiles it, which takes a millisecond for a hundred names. */
export const HISTORY_PATTERN = `^(?:${[...NAMES].filter((name) => !PLAIN.test(name)).join('|')})$`.replaceAll(
  /\((?!\?)/g,
  '(?:',
)

/** A column of each shape that needs no name: what has one of them is worth a look, too. */
export const HISTORY_COLUMNS = [
  'installed_rank',
  'orderexecuted',
  'migration_time',
  'breakpoint',
  'is_applied',
  'version_num',
  'is_locked',
  'dirty',
  'installed_on',
  'ProductVersion',
  'product_version',
] as const
