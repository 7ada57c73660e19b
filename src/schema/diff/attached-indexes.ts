import { isSameTable } from '../../core/table-name.ts'
import { isSameSql } from '../exact-sql.ts'
import type { SchemaObject } from '../schema-object.ts'
import { alterIndexOptions } from './compare-index-options.ts'
import type { Pair, Side, Sides } from './sides.ts'

/**
 * The index of a partition, the index of the partitioned table, and the object that attaches them. Instead of an index, it can be the
 * constraint that has it.
 */
export interface Attachment {
  readonly object: SchemaObject
  readonly child: SchemaObject
  readonly parent: SchemaObject
}

/** The indexes that an `index partition` attaches to each other. */
export function attachmentOf(object: SchemaObject, { byId }: Side): Attachment | undefined {
  if (object.kind !== 'index partition') return undefined
  const [child, parent] = object.dependsOn.map((id) => byId.get(id))
  return child === undefined || parent === undefined ? undefined : { object, child, parent }
}

/** Whether two attachments are to the same index, even if it has different names. */
export function isAttachedAlike({ source, target }: Pair, sides: Sides): boolean {
  const [to, from] = [attachmentOf(source, sides.source), attachmentOf(target, sides.target)]
  return (
    to !== undefined && from !== undefined && sides.target.byIdentity.get(to.parent.identity) === from.parent
  )
}

/** For the index of a partitioned table: the indexes that are attached to it. */
export function attachmentsTo(parent: SchemaObject, side: Side): Attachment[] {
  return attachmentsAt(parent, side).filter((each) => each.parent === parent)
}

/** For an attached index: the index of the partitioned table. */
export function parentIndexOf(object: SchemaObject, side: Side): SchemaObject | undefined {
  return attachmentsAt(object, side).find(({ child }) => child === object)?.parent
}

/** Whether the source has another index with the name of the target's, or of one that it is attached to. Then it is dropped. */
export function isReplaced(object: SchemaObject, sides: Sides): boolean {
  const twin = sides.source.byIdentity.get(object.identity)
  if (twin !== undefined && twin.identity === object.identity)
    return (
      !isSameSql(twin.create[0], object.create[0]) &&
      alterIndexOptions({ source: twin, target: object }) === undefined
    )
  const parent = parentIndexOf(object, sides.target)
  return parent !== undefined && isReplaced(parent, sides)
}

/** Whether two indexes, or attachments of indexes, belong to the same table. */
export function isOfSameTable({ of: one }: SchemaObject, { of: other }: SchemaObject): boolean {
  return one !== undefined && other !== undefined && isSameTable(one, other)
}

function attachmentsAt({ id }: SchemaObject, side: Side): Attachment[] {
  return (side.dependents.get(id) ?? []).flatMap((dependent) => attachmentOf(dependent, side) ?? [])
}
