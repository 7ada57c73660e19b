/**
 * The strongly connected components of a graph, each after all that it leads to, as Tarjan's algorithm finds them (SIAM J. Comput. 1, 1972).
 * Nodes that no edge ties keep their order. A stack of its own lets chains be of any length.
 * @param edges to which nodes a node leads; those that are not among `nodes` are ignored
 */
export function components<T>(nodes: readonly T[], edges: ReadonlyMap<T, Iterable<T>>): T[][] {
  const known = new Set(nodes)
  const found: T[][] = []
  const index = new Map<T, number>()
  const low = new Map<T, number>()
  const open: T[] = []
  const isOpen = new Set<T>()
  const path: { readonly node: T; readonly next: Iterator<T> }[] = []

  const enter = (node: T) => {
    low.set(node, index.size)
    index.set(node, index.size)
    open.push(node)
    isOpen.add(node)
    path.push({ node, next: (edges.get(node) ?? [])[Symbol.iterator]() })
  }
  const lower = (node: T, to: number | undefined) => {
    low.set(node, Math.min(low.get(node) ?? 0, to ?? Number.POSITIVE_INFINITY))
  }
  const leave = (node: T) => {
    path.pop()
    const parent = path.at(-1)
    if (parent !== undefined) lower(parent.node, low.get(node))
    if (low.get(node) !== index.get(node)) return
    const component = open.splice(open.lastIndexOf(node))
    for (const member of component) isOpen.delete(member)
    found.push(component)
  }

  for (const start of nodes) {
    if (!index.has(start)) enter(start)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { value, done } = top.next.next()
      if (done === true) leave(top.node)
      else if (!known.has(value)) continue
      else if (!index.has(value)) enter(value)
      else if (isOpen.has(value)) lower(top.node, index.get(value))
    }
  }
  return found
}
