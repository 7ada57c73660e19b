import { quoteQualified } from './quote-name.ts'
import type { ObjectKind, SchemaObject } from './schema-object.ts'

/** Groups of kinds, in the order of creation if no dependency decides. */
const ORDER: readonly (readonly ObjectKind[])[] = [
  ['schema'],
  ['extension'],
  ['collation'],
  ['type', 'domain'],
  ['text search parser'],
  ['text search template'],
  ['text search dictionary'],
  ['text search configuration'],
  // The body of a function may need these without the catalog knowing: to cast, to sort and to group.
  ['cast', 'conversion'],
  ['operator'],
  ['operator family'],
  ['operator class'],
  ['function', 'aggregate'],
  ['sequence', 'table', 'default', 'partition', 'view', 'materialized view'],
  ['constraint'],
  ['index'],
  ['index partition'],
  ['statistics'],
  ['trigger'],
  ['rule'],
  ['row security', 'policy'],
  ['publication'],
  ['privileges', 'default privileges'],
  // An event trigger would act on everything that is created after it.
  ['event trigger'],
]

const RANKS = new Map(ORDER.flatMap((kinds, rank) => kinds.map((kind) => [kind, rank] as const)))

/** Pre-data first, then by kind, then by the name of the table or of the object itself. Foreign keys come after all indexes. */
export function compareObjects(a: SchemaObject, b: SchemaObject): number {
  const [left, right] = [sortKey(a), sortKey(b)]
  for (const [index, part] of left.entries()) {
    const other = right[index]
    if (other !== undefined && part !== other) return part < other ? -1 : 1
  }
  return 0
}

function sortKey(object: SchemaObject): (string | number)[] {
  const { section, kind, of, identity, placeholderOf } = object
  const own = identity.replace(/^[A-Z ]+ /, '')
  const name = of === undefined ? own : quoteQualified(of)
  return [
    section === 'pre-data' ? 0 : 1,
    rankOf(object),
    name,
    of === undefined ? 0 : 1,
    kind,
    own,
    placeholderOf === undefined ? 1 : 0,
    identity,
  ]
}

function rankOf({ section, kind, constraint, of }: SchemaObject): number {
  const rank = RANKS.get(kind) ?? ORDER.length
  if (kind !== 'constraint') return rank
  // A domain accepts no further check once a column has an array of it.
  if (section === 'pre-data' && of === undefined) return RANKS.get('domain') ?? rank
  if (section === 'pre-data') return RANKS.get('table') ?? rank
  return constraint?.kind === 'foreign key' ? (RANKS.get('statistics') ?? rank) - 0.5 : rank
}
