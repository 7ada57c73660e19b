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

/**
 * Orders tables by their foreign keys: the strongly connected components of the graph in reverse topological order,
 * as Tarjan's algorithm finds them (SIAM J. Comput. 1, 1972).
 */
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

/** The strongly connected components, each after all that it leads to. A stack of its own lets chains be of any length. */
function components(keys: readonly string[], edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = []
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  const path: { readonly key: string; readonly next: Iterator<string> }[] = []

  const enter = (key: string) => {
    low.set(key, index.size)
    index.set(key, index.size)
    open.push(key)
    isOpen.add(key)
    path.push({ key, next: (edges.get(key) ?? [])[Symbol.iterator]() })
  }
  const lower = (key: string, to: number | undefined) => {
    low.set(key, Math.min(low.get(key) ?? 0, to ?? Number.POSITIVE_INFINITY))
  }
  const leave = (key: string) => {
    path.pop()
    const parent = path.at(-1)
    if (parent !== undefined) lower(parent.key, low.get(key))
    if (low.get(key) !== index.get(key)) return
    const component = open.splice(open.lastIndexOf(key))
    for (const member of component) isOpen.delete(member)
    found.push(component)
  }

  for (const start of keys) {
    if (!index.has(start)) enter(start)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { value, done } = top.next.next()
      if (done === true) leave(top.key)
      else if (!index.has(value)) enter(value)
      else if (isOpen.has(value)) lower(top.key, index.get(value))
    }
  }
  return found
}
