import { type Alias, type Document, isAlias, isCollection, isNode, type Node, visit } from 'yaml'

/**
 * Lets a document be written to at a path without a change anywhere else: an alias on the way becomes a copy of what it stands for, and of what stands
 * for others, too, the way gets a copy, and the first alias of it the original.
 */
export function ownPath(document: Document, path: readonly string[]): void {
  for (let length = 1; length <= path.length; length++) {
    const keys = path.slice(0, length)
    const node = document.getIn(keys, true)
    if (isAlias(node)) {
      const original = node.resolve(document)
      if (original !== undefined) document.setIn(keys, copyOf(original))
    } else if (isCollection(node) && node.anchor !== undefined) {
      const first = firstAlias(document, node.anchor)
      if (first === undefined) continue
      document.setIn(keys, copyOf(node))
      visit(document, { Alias: (_, alias) => (alias === first ? node : undefined) })
    }
  }
}

function firstAlias(document: Document, anchor: string): Alias | undefined {
  let found: Alias | undefined
  visit(document, {
    Alias: (_, alias) => {
      if (alias.source !== anchor) return undefined
      found = alias
      return visit.BREAK
    },
  })
  return found
}

/** An anchor of the same name would be another. */
function copyOf(original: Node): Node {
  const copy = original.clone() as Node
  visit(copy, {
    Node: (_, node) => {
      if (isNode(node) && 'anchor' in node) delete node.anchor
    },
  })
  return copy
}
