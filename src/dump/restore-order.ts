import { components } from '../core/components.ts'
import { groupBy } from '../core/group-by.ts'
import { type ReadonlyTableSet, TableMap, TableSet } from '../core/table-map.ts'
import { isSameTable, type TableName } from '../core/table-name.ts'

/** A foreign key between two tables of a dump. */
export interface Reference {
  readonly child: TableName
  readonly parent: TableName
}

/** In which order scripts of tables fill an empty schema. */
export interface RestoreOrder {
  /** Parents before children wherever that is possible. */
  readonly tables: readonly TableName[]
  /** Tables on a cycle of foreign keys: no order satisfies these. */
  readonly cyclic: ReadonlyTableSet
  /** Tables that refer to themselves: one COPY satisfies the key, several do not. */
  readonly selfReferring: ReadonlyTableSet
}

/** Orders tables by their foreign keys: what a table refers to comes first. */
export function restoreOrder(tables: readonly TableName[], references: readonly Reference[]): RestoreOrder {
  const own = new TableMap(tables.map((name) => [name, name]))
  const edges = references.flatMap((reference) => {
    const [child, parent] = [own.get(reference.child), own.get(reference.parent)]
    return child === undefined || parent === undefined || child === parent ? [] : { child, parent }
  })
  const parents = new Map(
    [...groupBy(edges, ({ child }) => child)].map(([child, keys]) => [
      child,
      keys.map(({ parent }) => parent),
    ]),
  )
  const found = components(own.values(), parents)
  const cyclic = new TableSet(found.filter(({ length }) => length > 1).flat())
  const selfReferring = references.filter(({ child, parent }) => isSameTable(child, parent))
  return {
    tables: found.flat(),
    cyclic,
    selfReferring: new TableSet(selfReferring.map(({ child }) => child)),
  }
}
