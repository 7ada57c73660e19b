import type { SchemaObject } from '../schema-object.ts'
import type { Side, Sides } from './sides.ts'

/** The index of a partition, and that of the partitioned table: indexes, or the constraints that have them. */
interface Attachment {
  readonly child: SchemaObject
  readonly parent: SchemaObject
}

/** The indexes that an `index partition` attaches to each other. */
export function attachmentOf({ kind, dependsOn }: SchemaObject, { objects }: Side): Attachment | undefined {
  if (kind !== 'index partition') return undefined
  const [child, parent] = dependsOn.map((needed) => objects.find(({ id }) => id === needed))
  return child === undefined || parent === undefined ? undefined : { child, parent }
}

/** Of an index that is attached: that of the partitioned table. */
export function parentIndexOf(object: SchemaObject, side: Side): SchemaObject | undefined {
  const attachments = side.dependents.get(object.id)?.map((dependent) => attachmentOf(dependent, side))
  return attachments?.find((each) => each?.child === object)?.parent
}

/** Whether the source has another index under the name of that of the target, or of one that it is attached to: then it is dropped. */
export function isReplaced(object: SchemaObject, sides: Sides): boolean {
  const twin = sides.source.byIdentity.get(object.identity)
  if (twin !== undefined) return twin.create[0] !== object.create[0]
  const parent = parentIndexOf(object, sides.target)
  return parent !== undefined && isReplaced(parent, sides)
}
