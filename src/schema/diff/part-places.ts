import { isSameTable, type TableName } from '../../core/table-name.ts'
import type { SchemaObject } from '../schema-object.ts'
import { attachmentsTo, isOfSameTable } from './attached-indexes.ts'
import type { Side, Sides } from './sides.ts'

/** The position of an object in the order of creation. */
export function placeIn({ places }: Side, id: string | undefined): number {
  return id === undefined ? 0 : (places.get(id) ?? 0)
}

/**
 * The position of a part of a missing table, among all of its parts. When a partition is attached to an existing table, it gets all indexes that it lacks. So it
 * is attached together with its own, but for those that would then belong to an index that only the target has: they come later, and the partition gets others.
 */
export function placeOfPart(part: SchemaObject, all: readonly SchemaObject[], sides: Sides): number {
  const own = placeIn(sides.source, part.id)
  const { partitionOf } =
    (part.of === undefined ? undefined : sides.source.relations.get(part.of)?.table) ?? {}
  const attachment = all.find(({ kind }) => kind === 'partition')
  if (
    partitionOf === undefined ||
    attachment === undefined ||
    !sides.target.relations.has(partitionOf.parent)
  )
    return own
  const isTaken = (object: SchemaObject) => isTakenByOther(object, partitionOf.parent, sides)
  const early = all.filter((object) => isOwnIndex(object) && !isTaken(object))
  const attached = Math.max(...[attachment, ...early].map(({ id }) => placeIn(sides.source, id))) + 0.5
  if (part === attachment) return attached
  return isOwnIndex(part) && isTaken(part) ? Math.max(own, attached + 0.1) : own
}

/**
 * The position of a missing index of an existing table. A partition gets it when it is attached, even if it has none in the source: then the index comes
 * after that.
 * @param missing the parts of each missing table
 */
export function placeOfIndex(
  index: SchemaObject,
  missing: ReadonlyMap<SchemaObject | undefined, readonly SchemaObject[]>,
  sides: Sides,
): number {
  const own = placeIn(sides.source, index.id)
  const { of } = index
  if (index.kind !== 'index' || of === undefined || sides.target.byIdentity.has(index.identity)) return own
  const having = attachmentsTo(index, sides.source)
  const attached = [...missing.values()].flatMap((parts) =>
    parts
      .filter((part) => part.kind === 'partition' && isPartitionOf(part, of, sides))
      .filter((part) => !having.some(({ object }) => isOfSameTable(object, part)))
      .map((part) => placeOfPart(part, parts, sides) + 0.05),
  )
  return Math.max(own, ...attached)
}

function isPartitionOf({ of }: SchemaObject, parent: TableName, { source }: Sides): boolean {
  const partitionOf = of === undefined ? undefined : source.relations.get(of)?.table?.partitionOf
  return partitionOf !== undefined && isSameTable(partitionOf.parent, parent)
}

function isOwnIndex({ kind, constraint }: SchemaObject): boolean {
  return kind === 'index' || (kind === 'constraint' && constraint?.kind !== 'foreign key')
}

/** Whether the partitioned table has an index in the target alone that is defined like this one of its partition. */
function isTakenByOther(object: SchemaObject, parent: TableName, { source, target }: Sides): boolean {
  const definition = definitionOf(object)
  return (
    definition !== undefined &&
    target.objects.some(
      (other) =>
        other.of !== undefined &&
        isSameTable(other.of, parent) &&
        !source.byIdentity.has(other.identity) &&
        definitionOf(other) === definition &&
        (other.kind === 'index' || object.kind === 'constraint'),
    )
  )
}

/** What an index, or that of a constraint, is of. */
function definitionOf({ kind, create: [statement = ''] }: SchemaObject): string | undefined {
  if (kind === 'index') {
    const [, unique = '', rest = ''] = /^CREATE (UNIQUE )?INDEX .*? USING (.*)$/s.exec(statement) ?? []
    return `${unique}${rest}`
  }
  const key = /ADD CONSTRAINT (?:"(?:[^"]|"")+"|\S+) (?:PRIMARY KEY|UNIQUE) (\(.*\))$/s.exec(statement)
  return kind === 'constraint' && key !== null ? `UNIQUE btree ${key[1]}` : undefined
}
