import { sqlTokens } from '../../core/sql-tokens.ts'
import { TableMap } from '../../core/table-map.ts'
import type { ObjectId } from '../object-id.ts'
import { quoteName } from '../quote-name.ts'
import type { ObjectKind, SchemaObject } from '../schema-object.ts'
import { withAncestors } from './changes-of-children.ts'
import { allStatements, type Change, type Difference } from './difference.ts'
import { nameWithin } from './name-within.ts'
import type { Sides } from './sides.ts'

/**
 * Sends to review what is created with the words of the source over something that is another one in the target until a review: the server would make
 * something else of them than the source has, or refuse them, and what it made would stand in the way of the review.
 */
export function withUnsettled(differences: readonly Difference[], sides: Sides): readonly Difference[] {
  let [current, before] = [differences, -1]
  for (let now = 0; now !== before; ) {
    before = now
    const unsettled = findUnsettled(current, sides)
    if (unsettled.size === 0) return current
    current = current.map((difference) => judge(difference, unsettled, sides))
    now = countReviews(current)
  }
  return current
}

/** How many changes need a review. */
export function countReviews(differences: readonly Difference[]): number {
  return differences.flatMap(({ changes }) => changes.filter(({ review }) => review !== undefined)).length
}

function judge(
  difference: Difference,
  unsettled: ReadonlyMap<ObjectId, Unsettled>,
  { source }: Sides,
): Difference {
  const { identity, ids } = difference
  const own = ids.source === undefined ? undefined : source.byId.get(ids.source)
  if (own === undefined) return difference
  const changes = difference.changes.map((change) => {
    const object = change.part === undefined ? own : source.byIdentity.get(change.part)
    const isAgain = ids.target !== undefined && change.recreates?.includes(ids.target) === true
    const text = [...allStatements(change.statements), ...(isAgain ? own.create : [])].join('\n')
    const review = object === undefined ? undefined : obstacleOf({ ...change, text }, object, unsettled)
    return review === undefined || change.review !== undefined ? change : { ...change, review }
  })
  // What stands in for a view of a circle comes with the view.
  const creation = changes.find(({ what, part = identity }) => part === identity && what === 'is missing')
  return {
    ...difference,
    changes: changes.map((change) =>
      change.part === `${identity} (placeholder)` ? { ...change, review: creation?.review } : change,
    ),
  }
}

function obstacleOf(
  { text, ...change }: Change & { readonly text: string },
  object: SchemaObject,
  unsettled: ReadonlyMap<ObjectId, Unsettled>,
): string | undefined {
  const needed = object.table === undefined ? object.dependsOn : [object.id, ...object.dependsOn]
  for (const id of needed) {
    const other = unsettled.get(id)
    if (other === undefined) continue
    const { identity, columns, lacking, isWhole, isMissing } = other
    if (isWhole && id !== object.id && text.includes(nameWithin(identity))) {
      if (isMissing) return `it needs ${identity}, which is not created without a review`
      if (isOfExpressions(object)) return `it uses ${identity}, which is not changed without a review`
    }
    if (object.table?.ofType !== undefined && identity === `TYPE ${object.table.ofType}`) {
      const isOfType = change.what === 'is missing' || columns.has(change.column ?? '')
      if (isOfType) return `the table is of ${identity}, which is not changed without a review`
      continue
    }
    const absent = [...lacking].find((name) => name !== change.column && names(text, name))
    if (absent !== undefined)
      return `it needs ${quoteName(absent)} of ${nameWithin(identity)}, which is not added without a review`
    // A default becomes one of the type that the column has.
    const isDefault = id === object.id && change.topic === 'default' && text.includes(' SET DEFAULT ')
    const column = [...columns].find((name) =>
      name === change.column ? isDefault : computesWith(object, text, name),
    )
    if (column !== undefined)
      return `it uses ${quoteName(column)} of ${nameWithin(identity)}, which is not changed without a review`
  }
  return undefined
}

function names(text: string, column: string): boolean {
  const name = quoteName(column)
  return text.includes(name) && sqlTokens(text).includes(name)
}

/** From how many parentheses on a column in the text of an object is part of an expression. In other kinds it stands alone. */
const EXPRESSIONS: { readonly [K in ObjectKind]?: number } = {
  view: 0,
  'materialized view': 0,
  rule: 0,
  policy: 0,
  function: 0,
  trigger: 1,
  statistics: 1,
  constraint: 1,
  index: 2,
  table: 1,
}

function isOfExpressions(object: SchemaObject): boolean {
  return object.kind !== 'table' && expressionDepth(object, object.create.join('\n')) !== undefined
}

function expressionDepth(object: SchemaObject, text: string): number | undefined {
  const { kind, constraint } = object
  if (kind === 'function' && !/\bBEGIN ATOMIC\b|^\s*RETURN /m.test(text)) return undefined
  if (kind === 'table' && !text.includes('GENERATED ALWAYS AS (')) return undefined
  if (kind === 'constraint' && constraint?.kind === 'exclusion') return EXPRESSIONS.index
  if (kind === 'constraint' && constraint?.kind !== 'check') return undefined
  return EXPRESSIONS[kind]
}

/** Whether a text computes with a column: what only names one is the same whatever its type is. */
function computesWith(object: SchemaObject, text: string, column: string): boolean {
  const least = expressionDepth(object, text)
  if (least === undefined) return false
  const name = quoteName(column)
  let depth = 0
  let isCondition = false
  return sqlTokens(text).some((token) => {
    if (token === '(') depth++
    if (token === ')') depth--
    if (token === 'WHERE') isCondition = true
    return token === name && (depth >= least || isCondition)
  })
}

/** What of an object of the source is not in the target, or is another one there, until a review. */
interface Unsettled {
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
function findUnsettled(
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
