import { mapInPlace } from '../core/map-in-place.ts'
import { mentionsNewName, quoteNewNames } from '../core/new-names.ts'
import { TableMap } from '../core/table-map.ts'
import { expectReadableText } from '../postgres/catalog/expect-readable-text.ts'
import type { Session } from '../postgres/session.ts'
import type { OrderableObject } from './break-circles.ts'
import { exactSql } from './exact-sql.ts'
import { orderObjects } from './order-objects.ts'
import { quoteName } from './quote-name.ts'
import { bindToExtensions } from './read/bind-to-extensions.ts'
import { readDescriptions } from './read/describe.ts'
import { sinceOf } from './read/features.ts'
import { isCreatedWithTable, listConstraints } from './read/list-constraints.ts'
import { listIndexes } from './read/list-indexes.ts'
import { newestFunction } from './read/newer-functions.ts'
import { readAggregates } from './read/read-aggregates.ts'
import { readCasts } from './read/read-casts.ts'
import { readCollations } from './read/read-collations.ts'
import { readColumns } from './read/read-columns.ts'
import { constraintObjects } from './read/read-constraints.ts'
import type { DraftObject, ReadContext, ReadKind, ReadObjects } from './read/read-context.ts'
import { readConversions } from './read/read-conversions.ts'
import { readDatabase } from './read/read-database.ts'
import { readDefaultPrivileges } from './read/read-default-privileges.ts'
import { type Dependencies, readDependencies } from './read/read-dependencies.ts'
import { readDomains } from './read/read-domains.ts'
import { readEventTriggers } from './read/read-event-triggers.ts'
import { readExtensions } from './read/read-extensions.ts'
import { readFunctions } from './read/read-functions.ts'
import { indexObjects } from './read/read-indexes.ts'
import { readOperatorClasses } from './read/read-operator-classes.ts'
import { readOperators } from './read/read-operators.ts'
import { readPolicies } from './read/read-policies.ts'
import { readPublications } from './read/read-publications.ts'
import { readRules } from './read/read-rules.ts'
import { readSchemas } from './read/read-schemas.ts'
import { readSequences } from './read/read-sequences.ts'
import { readServerPrivileges } from './read/read-server-privileges.ts'
import { readStatistics } from './read/read-statistics.ts'
import { readTables, type TableParts } from './read/read-tables.ts'
import { readTablespaces } from './read/read-tablespaces.ts'
import { readTextSearch } from './read/read-text-search.ts'
import { readTriggers } from './read/read-triggers.ts'
import { readTypes } from './read/read-types.ts'
import { readUnsupported } from './read/read-unsupported.ts'
import { readViews } from './read/read-views.ts'
import { resolverOf } from './resolve-dependencies.ts'
import type { DatabaseSchema, SchemaObject, UnsupportedObject } from './schema-object.ts'
import type { ColumnDetails, TableDetails } from './table-details.ts'
import type { TypeDetails } from './type-details.ts'

/** The readers of all kinds of objects. */
const READERS: readonly ReadKind[] = [
  readSchemas,
  readRelations,
  readExtensions,
  readTypes,
  readDomains,
  readCollations,
  readConversions,
  readFunctions,
  readAggregates,
  readOperators,
  readOperatorClasses,
  readCasts,
  readTextSearch,
  readEventTriggers,
  readPublications,
  readDefaultPrivileges,
  readServerPrivileges,
  readUnsupported,
  readStatistics,
  readTriggers,
  readRules,
  readPolicies,
]

/** Reads the current schema of a database, in its own transaction. */
export function readSchemaNow(session: Session): Promise<DatabaseSchema> {
  return session.transaction('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY', () => readSchema(session))
}

/**
 * Reads the whole schema of a database, except objects of mbsync, of extensions and of the server. It reads only catalogs, and calls no
 * function of users. If others may change the schema meanwhile, the session must be in a transaction with one snapshot.
 */
export async function readSchema(session: Session): Promise<DatabaseSchema> {
  await expectReadableText(session)
  return {
    serverVersion: session.serverVersion,
    searchPath: await readSearchPath(session),
    database: await readDatabase(session),
    placed: await readTablespaces(session),
    ...(await readObjects(session)),
  }
}

async function readObjects(session: Session): Promise<Pick<DatabaseSchema, 'objects' | 'unsupported'>> {
  const { resolved, unsupported } = await readResolved(session)
  const ordered = orderObjects(resolved, unsupported)
  const tables = new TableMap(
    resolved.flatMap(({ table }) => (table === undefined ? [] : [[table.name, table]])),
  )
  return {
    ...ordered,
    objects: ordered.objects.map((object) => {
      const own = object.table ?? (object.of === undefined ? undefined : tables.get(object.of))
      const exact = asExact(object, own)
      const { since } = sinceOf([object.since, newestFunction(object.create)])
      return since === undefined || since === object.since ? exact : { ...exact, since }
    }),
  }
}

/** What it has read on the way is of thousands of tables, and goes with it. */
async function readResolved(session: Session): Promise<{
  readonly resolved: readonly OrderableObject[]
  readonly unsupported: readonly UnsupportedObject[]
}> {
  const dependencies = await readDependencies(session)
  const { drafts, unsupported } = await readDrafts(session, dependencies)
  const described = await readDescriptions(session, drafts)
  const resolve = resolverOf(drafts, dependencies, unsupported)
  // All steps at once for each object: what lies between them is let go of while it is young.
  return { resolved: mapInPlace(drafts, (draft) => resolve(withNewQuotes(described(draft)))), unsupported }
}

async function readDrafts(
  session: Session,
  dependencies: Dependencies,
): Promise<{
  readonly drafts: DraftObject[]
  readonly unsupported: readonly UnsupportedObject[]
}> {
  const context: ReadContext = { serverVersion: session.serverVersion, dependencies }
  const read: DraftObject[] = []
  const unsupported: UnsupportedObject[] = []
  for (const reader of READERS) {
    const found = await reader(session, context)
    for (const draft of found.objects) read.push(draft)
    unsupported.push(...(found.unsupported ?? []))
  }
  return { drafts: await bindToExtensions(session, read), unsupported }
}

/** Makes the server's own text exact (see exactSql), in the statements and in the details. */
function asExact(object: SchemaObject, own: TableDetails | undefined): SchemaObject {
  const { create, table, type } = object
  const typeOf = (name: string) => own?.columns.find((column) => quoteName(column.name) === name)?.type
  const exactSqlOf = (sql: string) => exactSql(sql, typeOf)
  const exact = create.map(exactSqlOf)
  if (exact.every((statement, index) => statement === create[index])) return object
  const expression = <T extends { readonly default: string | undefined }>(one: T): T => ({
    ...one,
    default: one.default === undefined ? undefined : exactSqlOf(one.default),
  })
  const check = <T extends { readonly definition: string }>(one: T): T => ({
    ...one,
    definition: exactSqlOf(one.definition),
  })
  return {
    ...object,
    create: exact,
    ...(table === undefined
      ? {}
      : { table: { ...table, columns: table.columns.map(expression), checks: table.checks.map(check) } }),
    ...(type?.kind !== 'domain'
      ? {}
      : { type: { ...expression(type), constraints: type.constraints.map(check) } }),
  }
}

async function readSearchPath(session: Session): Promise<string | undefined> {
  const [found] = await session.query<{ path: string }>(
    `SELECT substr(c.line, length('search_path=') + 1) AS path FROM pg_db_role_setting AS s CROSS JOIN LATERAL unnest(s.setconfig) AS c (line)
     WHERE s.setrole = 0 AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) AND starts_with(c.line, 'search_path=')`,
  )
  return found?.path
}

async function readRelations(session: Session, context: ReadContext): Promise<ReadObjects> {
  const { constraints, objects } = await readParts(session, context)
  const columns = await readColumns(session)
  const sequences = await readSequences(session, context)
  const tables = await readTables(session, context, { columns, constraints, sequences: sequences.ofColumns })
  const views = await readViews(session, context, columns)
  return { objects: [sequences, tables, views].flatMap((read) => read.objects).concat(objects) }
}

/** The constraints and indexes that are objects of their own, and the constraints that are created with their tables. The rest goes with it. */
async function readParts(
  session: Session,
  context: ReadContext,
): Promise<Pick<ReadObjects, 'objects'> & Pick<TableParts, 'constraints'>> {
  const constraints = await listConstraints(session)
  const indexes = await listIndexes(session, context)
  return {
    constraints: constraints.filter((constraint) => isCreatedWithTable(constraint, context)),
    objects: [...constraintObjects(constraints, indexes, context).objects, ...indexObjects(indexes).objects],
  }
}

/** Quotes names that are keywords only of newer servers in all texts of an object that the server has written, so that they are the same in all versions. */
function withNewQuotes<T extends Texts>(object: T): T {
  if (!mentionsNewName(JSON.stringify(object))) return object
  const { identity, create, describe, grants, placeholder, table, view, type } = object
  // With a spread at the beginning and another one behind it, V8 would make a hidden class for each object.
  const quoted = {
    ...object,
    identity: quoteNewNames(identity),
    create: create.map(quoteNewNames),
    describe: describe.map(quoteNewNames),
    grants: grants.map(quoteNewNames),
  }
  if (table !== undefined) return { ...quoted, table: ofTable(table) }
  if (view !== undefined) {
    const placed =
      placeholder === undefined ? quoted : { ...quoted, placeholder: placeholder.map(quoteNewNames) }
    return { ...placed, view: { ...view, columns: view.columns.map(typed) } }
  }
  return type === undefined ? quoted : { ...quoted, type: ofType(type) }
}

type Texts = Pick<SchemaObject, 'identity' | 'create' | 'describe' | 'grants' | 'table' | 'view' | 'type'> &
  Pick<DraftObject, 'placeholder'>

function ofTable(table: TableDetails): TableDetails {
  const { ofType, partitionKey, partitionOf, columns, checks } = table
  return {
    ...table,
    ofType: quoted(ofType),
    partitionKey: quoted(partitionKey),
    partitionOf:
      partitionOf === undefined ? undefined : { ...partitionOf, bound: quoteNewNames(partitionOf.bound) },
    columns: columns.map((column): ColumnDetails => ({ ...typed(column), default: quoted(column.default) })),
    checks: checks.map((check) => ({ ...check, definition: quoteNewNames(check.definition) })),
  }
}

function ofType(type: TypeDetails): TypeDetails {
  if (type.kind === 'enum') return type
  if (type.kind === 'composite') return { ...type, attributes: type.attributes.map(typed) }
  return {
    ...type,
    baseType: quoteNewNames(type.baseType),
    default: quoted(type.default),
    constraints: type.constraints.map((one) => ({ ...one, definition: quoteNewNames(one.definition) })),
  }
}

function typed<T extends { readonly type: string }>(one: T): T {
  return { ...one, type: quoteNewNames(one.type) }
}

function quoted(sql: string | undefined): string | undefined {
  return sql === undefined ? undefined : quoteNewNames(sql)
}
