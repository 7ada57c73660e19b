import { isSameTable } from '../../core/table-name.ts'
import { isSameSql } from '../exact-sql.ts'
import type { SchemaObject } from '../schema-object.ts'
import { alterIndexOptions } from './compare-index-options.ts'
import type { Pair, Side, Sides } from './sides.ts'

/** The index of a partition, that of the partitioned table, and what attaches them: indexes, or the constraints that have them. */
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

/** Whether two attachments are to the same index, whatever its name is. */
export function isAttachedAlike({ source, target }: Pair, sides: Sides): boolean {
  const [to, from] = [attachmentOf(source, sides.source), attachmentOf(target, sides.target)]
  return (
    to !== undefined && from !== undefined && sides.target.byIdentity.get(to.parent.identity) === from.parent
  )
}

/** Of the index of a partitioned table: what is attached to it. */
export function attachmentsTo(parent: SchemaObject, side: Side): Attachment[] {
  return attachmentsAt(parent, side).filter((each) => each.parent === parent)
}

/** Of an index that is attached: that of the partitioned table. */
export function parentIndexOf(object: SchemaObject, side: Side): SchemaObject | undefined {
  return attachmentsAt(object, side).find(({ child }) => child === object)?.parent
}

/** Whether the source has another index under the name of that of the target, or of one that it is attached to: then it is dropped. */
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

/** Whether two indexes, or attachments of indexes, are of the same table. */
export function isOfSameTable({ of: one }: SchemaObject, { of: other }: SchemaObject): boolean {
  return one !== undefined && other !== undefined && isSameTable(one, other)
}

function attachmentsAt({ id }: SchemaObject, side: Side): Attachment[] {
  return (side.dependents.get(id) ?? []).flatMap((dependent) => attachmentOf(dependent, side) ?? [])
}
