import { TableMap } from '../../core/table-map.ts'
import type { ObjectId } from '../object-id.ts'
import type { ObjectKind, SchemaObject } from '../schema-object.ts'
import { withAncestors } from './changes-of-children.ts'
import type { Change, Difference } from './difference.ts'
import type { Sides } from './sides.ts'

/** What of an object of the source is not in the target, or is another one there, until a review. */
export interface Unsettled {
  readonly identity: string
  /** Its columns or attributes that are. */
  readonly columns: ReadonlySet<string>
  /** Those of them that the target lacks. */
  readonly lacking: ReadonlySet<string>
  /** Whether all of it is: it is missing, or whatever it gives may have other types. */
  readonly isWhole: boolean
  readonly isMissing: boolean
}

/** Finds what stays another one than in the source until a review, by its id in the source. */
export function findUnsettled(
  differences: readonly Difference[],
  { source, target }: Sides,
): Map<ObjectId, Unsettled> {
  const found = new Map<ObjectId, Unsettled>()
  for (const difference of differences) {
    const { identity, ids, changes } = difference
    if (ids.source === undefined) continue
    const reviewed = changes.filter(
      (change) => change.review !== undefined && (change.part ?? identity) === identity,
    )
    const isMissing = ids.target === undefined && reviewed.length > 0
    const isWhole = isMissing || reviewed.some((change) => changesResult(difference.kind, change))
    const columns = new Set(
      reviewed.flatMap(({ topic, column }) => (TYPING.has(topic) ? (column ?? []) : [])),
    )
    const [to, from] = [source.byId.get(ids.source), target.byId.get(ids.target ?? '')].map(columnNames)
    const lacking = new Set([...columns].filter((name) => to?.has(name) && from?.has(name) === false))
    if (isWhole || columns.size > 0) found.set(ids.source, { identity, columns, lacking, isWhole, isMissing })
  }
  addChildren(found, { source, target })
  const domains = new Set(
    [...found.values()].flatMap(({ identity, isWhole }) =>
      isWhole && identity.startsWith('DOMAIN ') ? [identity.slice('DOMAIN '.length)] : [],
    ),
  )
  if (domains.size === 0) return found
  for (const { id, identity, table } of source.objects) {
    const over = (table?.columns ?? []).filter(({ type }) => domains.has(type.replace(/(\[\])+$/, '')))
    if (over.length === 0) continue
    const { columns = NONE, lacking = NONE, isWhole = false, isMissing = false } = found.get(id) ?? {}
    const all = new Set([...columns, ...over.map(({ name }) => name)])
    found.set(id, { identity, columns: all, lacking, isWhole, isMissing })
  }
  return found
}

/** Children get their columns from their parents. */
function addChildren(found: Map<ObjectId, Unsettled>, { source, target }: Sides): void {
  const parents = new TableMap(
    [...found].flatMap(([id, { lacking }]) => {
      const { table } = source.byId.get(id) ?? {}
      return table === undefined || lacking.size === 0 ? [] : [[table.name, lacking]]
    }),
  )
  if (parents.size === 0) return
  for (const object of target.objects) {
    const own = source.byIdentity.get(object.identity)
    if (object.table === undefined || own?.table === undefined) continue
    const [to, from] = [own, object].map(columnNames)
    const given = withAncestors(object.table.name, target).flatMap((name) => [...(parents.get(name) ?? [])])
    const absent = given.filter((name) => to?.has(name) && from?.has(name) === false)
    if (absent.length === 0) continue
    const { columns = NONE, lacking = NONE, isWhole = false, isMissing = false } = found.get(own.id) ?? {}
    found.set(own.id, {
      identity: own.identity,
      columns: new Set([...columns, ...absent]),
      lacking: new Set([...lacking, ...absent]),
      isWhole,
      isMissing,
    })
  }
}

const NONE: ReadonlySet<string> = new Set()

function columnNames(object: SchemaObject | undefined): ReadonlySet<string> | undefined {
  const { table, type } = object ?? {}
  const columns = type?.kind === 'composite' ? type.attributes : table?.columns
  return columns && new Set(columns.map(({ name }) => name))
}

/** The topics of changes after which a column is of another type, or is there at all. */
const TYPING = new Set(['column', 'column type', 'attribute'])

/** Whether what uses an object may find other types in it than in the source. */
function changesResult(kind: ObjectKind, { topic, statements: { within = [] } }: Change): boolean {
  if (kind === 'view' || kind === 'materialized view' || kind === 'domain') return topic === kind
  return kind === 'function' && within[0]?.startsWith('DROP ') === true
}
