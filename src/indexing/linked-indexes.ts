import type { SearchIndexConfig } from '../config/config.ts'
import type { Finding } from '../core/finding.ts'

/** Search indexes that are rebuilt together, as their collections refer to each other. */
export interface LinkedRebuild {
  /** The names that searches use of all their collections. */
  readonly together: readonly string[]
  /** The new collections, by those names, as far as they have been begun. */
  readonly replacements: Map<string, string>
  /** What publishes those that are filled, in the order in which it must be done. */
  readonly publishers: (() => Promise<void>)[]
  /** Fills those that are left, after which all are published; undefined if none is left. */
  readonly fillNext: () => Promise<void> | undefined
}

/** The names of the collections that an index refers to. */
export function referencesOf({ home }: SearchIndexConfig): string[] {
  if (home.type !== 'typesense') return []
  const references = (home.schema?.fields ?? []).map(({ reference }) => reference)
  return references.flatMap((reference) =>
    typeof reference === 'string' ? [reference.slice(0, reference.indexOf('.'))] : [],
  )
}

/** What is wrong with an index that others refer to which it refers to itself: none of them can be filled, or rebuilt, before the others. */
export function findCircle(
  index: SearchIndexConfig,
  indexes: readonly SearchIndexConfig[],
): Finding | undefined {
  const reached = new Set<SearchIndexConfig>()
  const visit = (from: SearchIndexConfig) => {
    const names = referencesOf(from)
    for (const other of indexes) {
      if (!names.includes(collectionOf(other)) || reached.has(other)) continue
      reached.add(other)
      visit(other)
    }
  }
  visit(index)
  if (!reached.has(index)) return undefined
  const others = [...reached].filter((other) => other !== index).map(({ name }) => name)
  return {
    severity: 'error',
    subject: index.name,
    message: `it and ${others.join(', ')} refer to each other, which no server joins`,
    hint: 'Leave one of the references out; a document can be nested in the other by a join in the query.',
  }
}

/** Search indexes with those that others refer to before them, as a server takes no reference to a document that is not there. */
export function inReferenceOrder(indexes: readonly SearchIndexConfig[]): SearchIndexConfig[] {
  const ordered: SearchIndexConfig[] = []
  const visiting = new Set<SearchIndexConfig>()
  const visit = (index: SearchIndexConfig) => {
    if (ordered.includes(index) || visiting.has(index)) return
    visiting.add(index)
    const referenced = referencesOf(index)
    for (const other of indexes) if (referenced.includes(collectionOf(other))) visit(other)
    ordered.push(index)
  }
  for (const index of indexes) visit(index)
  return ordered
}

/** Search indexes in groups of those that refer to each other, directly or through others; each in the order of references. */
export function inLinkedGroups(indexes: readonly SearchIndexConfig[]): SearchIndexConfig[][] {
  const groups: SearchIndexConfig[][] = []
  for (const index of inReferenceOrder(indexes)) {
    const linked = groups.filter((group) => group.some((other) => areLinked(index, other)))
    const joined = [...linked.flat(), index]
    for (const group of linked) groups.splice(groups.indexOf(group), 1)
    groups.push(inReferenceOrder(joined))
  }
  return groups
}

function areLinked(one: SearchIndexConfig, other: SearchIndexConfig): boolean {
  return referencesOf(one).includes(collectionOf(other)) || referencesOf(other).includes(collectionOf(one))
}

/** The name that searches use of the collection of an index. */
export function collectionOf({ name, home }: SearchIndexConfig): string {
  return home.type === 'typesense' ? home.collection : name
}
