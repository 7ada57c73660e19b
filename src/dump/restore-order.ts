import { components } from '../core/components.ts'
import { type ReadonlyTableSet, TableSet } from '../core/table-map.ts'
import { isSameTable, nameKey, type TableName } from '../core/table-name.ts'

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
  const names = new Map(tables.map((name) => [nameKey(name), name]))
  const parents = parentsOf(names, references)
  const ordered: TableName[] = []
  const cyclic = new TableSet()
  for (const component of components([...names.keys()], parents)) {
    for (const key of component) {
      const name = names.get(key)
      if (name === undefined) continue
      ordered.push(name)
      if (component.length > 1) cyclic.add(name)
    }
  }
  const selfReferring = references.filter(({ child, parent }) => isSameTable(child, parent))
  return { tables: ordered, cyclic, selfReferring: new TableSet(selfReferring.map(({ child }) => child)) }
}

function parentsOf(
  names: ReadonlyMap<string, TableName>,
  references: readonly Reference[],
): Map<string, string[]> {
  const parents = new Map<string, string[]>()
  for (const reference of references) {
    const [child, parent] = [nameKey(reference.child), nameKey(reference.parent)]
    if (child === parent || !names.has(child) || !names.has(parent)) continue
    const known = parents.get(child)
    if (known === undefined) parents.set(child, [parent])
    else known.push(parent)
  }
  return parents
}
