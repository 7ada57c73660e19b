import { type ReadonlyTableMap, TableMap, TableSet } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import type { TableDetails } from '../table-details.ts'
import { keyOfAddition } from './compare-columns.ts'
import { compareTable } from './compare-table.ts'
import type { Change, Difference } from './difference.ts'
import { identityOfCheck, parentsOf, type Side, type Sides } from './sides.ts'

/**
 * Leaves out changes of children that a change of their parent makes. If the target alone has a child of a parent, the parent is not
 * changed without a review, because that would change the child.
 */
export function withoutMadeByParents(differences: readonly Difference[], sides: Sides): Difference[] {
  const keys = new TableMap<Set<string>>()
  for (const { of, changes } of differences) {
    if (of === undefined) continue
    const own = keys.get(of) ?? new Set()
    for (const { key } of changes) if (key !== undefined) own.add(key)
    keys.set(of, own)
  }
  const strangers = findStrangers(sides)
  const reviewed = reviewedKeys(differences, strangers)
  return differences.flatMap((difference) => {
    const { of } = difference
    const table = of === undefined ? undefined : sides.target.relations.get(of)?.table
    if (table === undefined) return [difference]
    const made = new Set(parentsOf(table).flatMap((parent) => [...(keys.get(parent) ?? [])]))
    const stranger = strangers.get(table.name)
    const changes = difference.changes
      .filter(({ key }) => key === undefined || !made.has(key) || isOwnCheck(difference, table))
      .map((change) => (stranger === undefined ? change : withStranger(change, stranger)))
      .map((change) => withParent(change, table, { reviewed, target: sides.target }))
      .map((change) => withInherited(change, table, sides.target))
    return changes.length === 0 ? [] : [{ ...difference, changes }]
  })
}

/** Leaves out changes that are necessary only after another, if that one needs a review or is not made at all. */
export function withoutUnmade(differences: readonly Difference[], { target }: Sides): Difference[] {
  const made = new TableMap<Set<string>>()
  for (const { of, changes } of differences) {
    const keys = changes.flatMap(({ key, review }) => (review === undefined ? (key ?? []) : []))
    if (of !== undefined && keys.length > 0) made.set(of, new Set([...(made.get(of) ?? []), ...keys]))
  }
  return differences.flatMap((difference) => {
    const { of } = difference
    const tables = of === undefined ? [] : withAncestors(of, target)
    const changes = difference.changes.filter(
      ({ follows }) => follows === undefined || tables.some((name) => made.get(name)?.has(follows)),
    )
    return changes.length === 0 ? [] : [{ ...difference, changes }]
  })
}

/** A child can have a check of its own, which is the same constraint as that of its parent, whichever of them came first. A partition has only that of its table. */
function isOwnCheck({ kind, ids }: Difference, { partitionOf }: TableDetails): boolean {
  return kind === 'constraint' && ids.source !== undefined && partitionOf === undefined
}

function withStranger(change: Change, stranger: TableDetails): Change {
  if (change.key === undefined || change.review !== undefined) return change
  const review = `it changes ${quoteQualified(stranger.name)} too, which belongs to the table only in the target`
  return { ...change, review }
}

/** By table, the keys of changes that need a review. */
function reviewedKeys(
  differences: readonly Difference[],
  strangers: ReadonlyTableMap<TableDetails>,
): ReadonlyTableMap<ReadonlySet<string>> {
  const reviewed = new TableMap<Set<string>>()
  for (const { of, changes } of differences) {
    if (of === undefined) continue
    const isReviewed = ({ review }: Change) => review !== undefined || strangers.has(of)
    const own = changes.filter(isReviewed).flatMap(({ key }) => key ?? [])
    reviewed.set(of, new Set([...(reviewed.get(of) ?? []), ...own]))
  }
  return reviewed
}

/** If the parent makes a change only after a review, the children cannot be changed before. */
function withParent(
  change: Change,
  table: TableDetails,
  { reviewed, target }: { reviewed: ReadonlyTableMap<ReadonlySet<string>>; target: Side },
): Change {
  const { adjusts, column = '' } = change
  if (adjusts === undefined || change.review !== undefined) return change
  const ancestors = parentsOf(table).flatMap((parent) => withAncestors(parent, target))
  const parent = ancestors.find((name) => reviewed.get(name)?.has(adjusts))
  if (parent === undefined) return change
  const review = `${quoteQualified(parent)} has no column ${quoteName(column)} without a review`
  return { ...change, review }
}

/** Only the parent can change a column that it gives to its children, and add one to a partition. */
function withInherited(change: Change, table: TableDetails, target: Side): Change {
  const { topic, column, key, follows, review } = change
  if (review !== undefined || column === undefined || follows !== undefined) return change
  if (key === keyOfAddition(column) && table.partitionOf !== undefined) {
    return { ...change, review: 'a partition has the columns of its table, and that has no such column' }
  }
  if (!table.columns.some((own) => own.name === column && own.isInherited)) return change
  const reason = 'the column comes from a parent of the table in the target'
  if (topic === 'column type') return { ...change, review: `${reason}, and keeps the type that it has there` }
  const dropsNotNull = topic === 'NOT NULL' && change.statements.after === undefined
  const isOfParent = topic === 'generated column' || (dropsNotNull && isDemanded(column, table, target))
  return isOfParent ? { ...change, review: reason } : change
}

/** Whether a parent demands a value in the column of its children. */
function isDemanded(column: string, table: TableDetails, { relations }: Side): boolean {
  return parentsOf(table).some((parent) =>
    relations.get(parent)?.table?.columns.some(({ name, isNotNull, notNull }) => {
      return name === column && isNotNull && notNull?.isNoInherit !== true
    }),
  )
}

/** By parent, a table that inherits from it only in the target, and that is independent in the source. */
export function findStrangers({ source, target }: Sides): TableMap<TableDetails> {
  const strangers = new TableMap<TableDetails>()
  for (const { table } of target.objects) {
    const other = table === undefined ? undefined : source.relations.get(table.name)?.table
    if (table === undefined || other === undefined) continue
    const known = new TableSet(parentsOf(other))
    const own = parentsOf(table).filter((parent) => !known.has(parent))
    for (const ancestor of own.flatMap((parent) => withAncestors(parent, target)))
      strangers.set(ancestor, table)
  }
  return strangers
}

/**
 * A parent of a new table that exists, that differs in something that children get from it, and whose own statements do not settle that.
 */
export function differingParent(
  table: TableDetails,
  sides: Sides,
  strangers: ReadonlyTableMap<TableDetails>,
): TableDetails | undefined {
  const ancestors = parentsOf(table).flatMap((parent) => withAncestors(parent, sides.source))
  return ancestors
    .flatMap((name) => sides.target.relations.get(name)?.table ?? [])
    .find((parent) => isUnsettled(parent, sides, strangers.has(parent.name)))
}

function isUnsettled(table: TableDetails, sides: Sides, hasStranger: boolean): boolean {
  const [source, target] = [sides.source, sides.target].map(({ relations }) => relations.get(table.name))
  if (source === undefined || target === undefined) return false
  const isReviewed = compareTable({ source, target }, sides).some(
    ({ key, review }) => key !== undefined && (review !== undefined || hasStranger),
  )
  return (
    isReviewed || table.checks.some((check) => !sides.source.byIdentity.has(identityOfCheck(table, check)))
  )
}

/** A table, and all tables that it inherits from. */
export function withAncestors(name: TableName, side: Side): TableName[] {
  const table = side.relations.get(name)?.table
  return [
    name,
    ...(table === undefined ? [] : parentsOf(table).flatMap((parent) => withAncestors(parent, side))),
  ]
}
