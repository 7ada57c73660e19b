import { type ReadonlyTableSet, TableMap } from '../core/table-map.ts'
import type { TableName } from '../core/table-name.ts'
import type { LivePart } from '../transfer/source/plan-parts.ts'
import { METHODS, type Method } from './compression.ts'
import type { RestoreOrder } from './restore-order.ts'
import { rowScript, type Script, type ScriptKind } from './script.ts'

/** The file that a part is written to. */
interface PlannedFile {
  readonly path: string
  readonly script: Script
}

/** Where everything of a dump is written, by number in the order in which psql should run it. */
export interface FilePlan {
  readonly fileOf: (part: LivePart) => PlannedFile
  /** The order of the paths. */
  readonly paths: readonly string[]
  readonly sequencesPath: string
}

const LONGEST_SLUG = 80

/** Names the files of a dump so that their order by name is the order of the scripts. */
export function planFiles(
  parts: readonly LivePart[],
  order: RestoreOrder,
  suspended: ReadonlyTableSet,
  { method, ...kind }: ScriptKind & { readonly method: Method },
): FilePlan {
  const rank = new TableMap(order.tables.map((name, index) => [name, index]))
  const sorted = [...parts].sort(
    (a, b) => (rank.get(a.table) ?? 0) - (rank.get(b.table) ?? 0) || a.number - b.number,
  )
  const digits = Math.max(4, String(sorted.length + 1).length)
  const pathOf = (number: number, slug: string) =>
    `data/${String(number).padStart(digits, '0')}_${slug}${METHODS[method].suffix}`
  const files = new Map<LivePart, PlannedFile>()
  for (const [index, part] of sorted.entries()) {
    const { table, columns, number, of } = part
    const suffix = of === 1 ? '' : `_${String(number).padStart(String(of).length, '0')}of${of}`
    const suspendsForeignKeys = suspended.has(table)
    files.set(part, {
      path: pathOf(index + 1, slugOf(table) + suffix),
      script: rowScript({ table, columns, part: number, parts: of, ...kind, suspendsForeignKeys }),
    })
  }
  return {
    fileOf: (part) => {
      const file = files.get(part)
      if (file === undefined) throw new Error('A part that no file was planned for')
      return file
    },
    paths: Array.from(files.values(), ({ path }) => path),
    sequencesPath: pathOf(sorted.length + 1, 'sequences'),
  }
}

/** A hint of the name for people: the manifest has the name itself. */
function slugOf({ schema, name }: TableName): string {
  return `${schema}.${name}`.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, LONGEST_SLUG)
}
