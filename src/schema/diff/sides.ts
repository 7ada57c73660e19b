import { type ReadonlyTableMap, TableMap } from '../../core/table-map.ts'
import { isSameTable, type TableName } from '../../core/table-name.ts'
import { defaultGrantsOf, type GivenByDefault } from '../default-privileges.ts'
import type { ObjectId } from '../object-id.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import { type DatabaseSchema, isOfGrants, type SchemaObject } from '../schema-object.ts'
import type { CheckDetails, TableDetails } from '../table-details.ts'

/** One of two databases, with lookups for everything that a comparison needs. */
export interface Side {
  readonly serverVersion: number
  /** What the database grants by itself on new objects; and the role that connects, which will create those of the target. */
  readonly byDefault: GivenByDefault
  readonly comparesGrants: boolean
  readonly comparesOwners: boolean
  /** In the order of creation, without placeholders. Checks that are created with a table follow it. */
  readonly objects: readonly SchemaObject[]
  readonly byId: ReadonlyMap<ObjectId, SchemaObject>
  /** Also by the name that the other side uses, if it is known. */
  readonly byIdentity: ReadonlyMap<string, SchemaObject>
  /** The position of each object and placeholder in the order of creation. */
  readonly places: ReadonlyMap<ObjectId, number>
  /** The objects that need each object. */
  readonly dependents: ReadonlyMap<ObjectId, readonly SchemaObject[]>
  /** Tables, views and materialized views. */
  readonly relations: ReadonlyTableMap<SchemaObject>
  /** The checks that are created with their table. */
  readonly inline: ReadonlySet<ObjectId>
  /** The placeholders of views in a circle, by the id of the view. */
  readonly placeholders: ReadonlyMap<ObjectId, SchemaObject>
}

/** The two databases that are compared. */
export interface Sides {
  readonly source: Side
  readonly target: Side
}

/** The same object in both databases. */
export interface Pair {
  readonly source: SchemaObject
  readonly target: SchemaObject
}

/** Builds the lookups for a schema. */
export function sideOf(
  { serverVersion, objects: read, database }: DatabaseSchema,
  { grants, owner }: { readonly grants: 'none' | 'source'; readonly owner: 'connecting role' | 'source' },
): Side {
  const all = read.filter(({ kind }) => grants === 'source' || !isOfGrants(kind))
  const ordered = all.flatMap(withChecks)
  const standIns = all.filter(({ placeholderOf }) => placeholderOf !== undefined)
  const views = new Map(standIns.map(({ id, placeholderOf = id }) => [id, placeholderOf]))
  const objects = ordered.filter(({ id }) => !views.has(id))
  const dependents = new Map<ObjectId, SchemaObject[]>()
  for (const object of objects) {
    for (const id of new Set(object.dependsOn.map((needed) => views.get(needed) ?? needed))) {
      const list = dependents.get(id)
      if (list === undefined) dependents.set(id, [object])
      else list.push(object)
    }
  }
  return {
    serverVersion,
    byDefault: { defaults: defaultGrantsOf(read), creator: database?.currentRole ?? '' },
    comparesGrants: grants === 'source',
    comparesOwners: owner === 'source',
    objects,
    byId: new Map(objects.map((object) => [object.id, object])),
    byIdentity: new Map(objects.map((object) => [object.identity, object])),
    places: new Map(ordered.map(({ id }, place) => [id, place])),
    dependents,
    relations: new TableMap(
      objects.flatMap((object) => {
        const name = relationOf(object)
        return name === undefined ? [] : [[name, object]]
      }),
    ),
    inline: new Set(all.flatMap(({ table }) => table?.checks.map(({ id }) => id) ?? [])),
    placeholders: new Map(standIns.map((object) => [views.get(object.id) ?? '', object])),
  }
}

/** What the target grants by itself once it has the default privileges of the source, too. */
export function byDefaultAtEnd({ source, target }: Sides): GivenByDefault {
  const { defaults, creator } = target.byDefault
  return { defaults: [...defaults, ...source.byDefault.defaults], creator }
}

/** The name of a table, view or materialized view; undefined for other objects. */
export function relationOf({ table, view }: SchemaObject): TableName | undefined {
  return table?.name ?? view?.name
}

/** The table or other owner of an object, among the objects of its side. */
export function wholeOf({ of, kind, identity }: SchemaObject, side: Side): SchemaObject | undefined {
  if (of !== undefined) return kind === 'sequence' ? undefined : side.relations.get(of)
  if (kind !== 'constraint') return undefined
  const at = identity.lastIndexOf(' ON DOMAIN ')
  return at < 0 ? undefined : side.byIdentity.get(identity.slice(at + ' ON '.length))
}

/** The tables that a table inherits from, or is a partition of. */
export function parentsOf({ partitionOf, inherits }: TableDetails): readonly TableName[] {
  return partitionOf === undefined ? inherits : [partitionOf.parent]
}

/** A table, and all tables that inherit from it or are its partitions. */
export function withDescendants(table: SchemaObject, side: Side): SchemaObject[] {
  const name = table.table?.name
  if (name === undefined) return [table]
  const children = (side.dependents.get(table.id) ?? []).flatMap((object) => {
    const child = object.kind === 'partition' && object.of ? side.relations.get(object.of) : object
    const parents = child?.table === undefined ? [] : parentsOf(child.table)
    return child !== undefined && parents.some((parent) => isSameTable(parent, name)) ? [child] : []
  })
  return [table, ...children.flatMap((child) => withDescendants(child, side))]
}

/** Whether a check is created with its table depends on the rest of the database. Here, each check is an object with its comments. */
function withChecks(object: SchemaObject): SchemaObject[] {
  const { table, describe } = object
  if (table === undefined || table.checks.length === 0) return [object]
  const checks = table.checks.map((check) => toCheck(object, table, check))
  const own = new Set(checks.flatMap((check) => check.describe))
  return [{ ...object, describe: describe.filter((statement) => !own.has(statement)) }, ...checks]
}

function toCheck(
  { schema, describe, id: tableId }: SchemaObject,
  { name: of }: TableDetails,
  { id, name, definition }: CheckDetails,
): SchemaObject {
  const identity = identityOfCheck({ name: of }, { name })
  return {
    id,
    kind: 'constraint',
    identity,
    schema,
    of,
    section: 'pre-data',
    create: [`ALTER TABLE ${quoteQualified(of)}\n    ADD CONSTRAINT ${quoteName(name)} ${definition}`],
    describe: describe.filter((statement) => statement.startsWith(`COMMENT ON ${identity} IS `)),
    owner: undefined,
    grants: [],
    dependsOn: [tableId],
    constraint: { kind: 'check', isValid: true, isEnforced: true },
  }
}

/** The identity, as PostgreSQL writes it, of a check that is created with its table. */
export function identityOfCheck(
  { name: table }: Pick<TableDetails, 'name'>,
  { name }: Pick<CheckDetails, 'name'>,
): string {
  return `CONSTRAINT ${quoteName(name)} ON ${quoteQualified(table)}`
}
