import { type ReadonlyTableMap, TableMap } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import { identityOfCheck } from '../../schema/diff/sides.ts'
import { isSameSql } from '../../schema/exact-sql.ts'
import { quoteName, quoteQualified } from '../../schema/quote-name.ts'
import { type DatabaseSchema, isOfGrants, type SchemaObject } from '../../schema/schema-object.ts'
import type { ColumnDetails, TableDetails } from '../../schema/table-details.ts'
import type { ColumnName } from '../../state/swaps.ts'

/** What only the old database has in a table of both databases. */
export interface LostOfTable {
  readonly table: TableName
  /** Columns; none if the columns of the new table are not known. */
  readonly columns: readonly ColumnDetails[]
  /** Policies, and the switches that enforce them, as PostgreSQL calls them. */
  readonly security: readonly string[]
  /** Triggers, checks, indexes, defaults and the like, each with its kind; settings and comments by the words of their statements. */
  readonly others: readonly LostObject[]
  /** Policies that both have, and the new one has otherwise. */
  readonly redefined: readonly string[]
}

/** An object, as PostgreSQL calls it. */
interface LostObject {
  readonly kind: string
  readonly identity: string
}

/** The parts of a schema that decide what is lost. The schema of a dump does not contain the parts of tables. */
export interface KnownSchema {
  readonly objects: readonly {
    readonly kind: string
    readonly identity: string
    readonly of?: TableName | undefined
    readonly create: readonly string[]
    readonly describe?: readonly string[]
    readonly table?: KnownTable | undefined
    readonly view?: { readonly name: TableName } | undefined
  }[]
}

type KnownTable = {
  readonly name: TableName
  readonly columnNames?: readonly string[] | undefined
} & Partial<Pick<TableDetails, 'columns' | 'checks' | 'isUnlogged' | 'replicaIdentity'>>

/** The columns of the old database that the new one has got between two looks. Pure. */
export function columnsBeside(old: DatabaseSchema, before: KnownSchema, after: KnownSchema): ColumnName[] {
  const still = new TableMap(
    findLost(old, after).map(({ table, columns }) => [table, new Set(columns.map(({ name }) => name))]),
  )
  return findLost(old, before).flatMap(({ table, columns }) =>
    columns
      .filter(({ name }) => still.get(table)?.has(name) !== true)
      .map(({ name }) => ({ table, column: name })),
  )
}

/** Finds what only the old database has in tables and views of both. Pure. */
export function findLost(old: Pick<DatabaseSchema, 'objects'>, fresh: KnownSchema): LostOfTable[] {
  const relations = new TableMap<KnownTable>(
    fresh.objects.flatMap(({ table, view }) => {
      const known = table ?? view
      return known === undefined ? [] : [[known.name, known]]
    }),
  )
  const shapes = new Set(fresh.objects.flatMap((object) => [object.identity, shapeOf(object)]))
  for (const table of relations.values())
    for (const check of table.checks ?? [])
      shapes.add(identityOfCheck(table, check)).add(shapeOfCheck(table.name, check.definition))
  const parts = partsOf(old, relations, shapes)
  const comments = lostComments(old, fresh)
  const policies = redefinedPolicies(old, fresh)
  return old.objects.flatMap(({ table, view }) => {
    const name = table?.name ?? view?.name
    const other = name === undefined ? undefined : relations.get(name)
    if (name === undefined || other === undefined) return []
    const own = parts.get(name) ?? []
    const security = [
      ...own.filter(isSecurity).map(({ identity }) => identity),
      ...forcedOnlyInOld(old, fresh, name),
    ]
    const columns = table === undefined ? [] : lostColumns(table, other)
    const others = [
      ...own.filter((object) => !isSecurity(object)),
      ...(table === undefined
        ? []
        : [
            ...lostDefaults(table, other),
            ...lostChecks(table, other, shapes),
            ...lostSettings(table, other),
          ]),
      ...(comments.get(name) ?? []),
    ].map(({ kind, identity }) => ({ kind, identity }))
    const redefined = policies.get(name) ?? []
    const isNothing = columns.length + security.length + others.length + redefined.length === 0
    return isNothing ? [] : [{ table: name, columns, security, others, redefined }]
  })
}

/** Objects that only the old database has, and that belong to tables of both. */
function partsOf(
  { objects }: Pick<DatabaseSchema, 'objects'>,
  relations: TableMap<KnownTable>,
  shapes: ReadonlySet<string>,
): TableMap<SchemaObject[]> {
  const parts = new TableMap<SchemaObject[]>()
  for (const object of objects) {
    const { of, kind, identity, placeholderOf } = object
    if (of === undefined || !relations.has(of) || placeholderOf !== undefined) continue
    // Defaults are found with the columns, and sequences are objects of their own.
    if (kind === 'sequence' || kind === 'default' || isOfGrants(kind) || shapes.has(identity)) continue
    // An object of another name may be the same one. Only policies are compared by name, because people choose their names.
    if (kind !== 'policy' && shapes.has(shapeOf(object))) continue
    parts.set(of, [...(parts.get(of) ?? []), object])
  }
  return parts
}

function isSecurity({ kind }: { readonly kind: string }): boolean {
  return kind === 'policy' || kind === 'row security'
}

/** Both databases may have enabled policies, but only the old one for the owner, too. */
function forcedOnlyInOld(old: KnownSchema, fresh: KnownSchema, name: TableName): string[] {
  const identity = `ROW SECURITY ${quoteQualified(name)}`
  const statementsOf = ({ objects }: KnownSchema) =>
    objects.find((object) => object.identity === identity)?.create
  const [then, now] = [statementsOf(old), statementsOf(fresh)]
  if (then === undefined || now === undefined) return []
  return then.some((statement) => !now.includes(statement)) ? [identity] : []
}

/** Objects that a parent table passes on are found there. */
function lostColumns(table: TableDetails, { columns, columnNames }: KnownTable): ColumnDetails[] {
  const known = columns?.map(({ name }) => name) ?? columnNames
  if (known === undefined || table.partitionOf !== undefined) return []
  const names = new Set(known)
  return table.columns.filter(({ name, isLocal }) => isLocal && !names.has(name))
}

function lostDefaults(table: TableDetails, { columns = [] }: KnownTable): LostObject[] {
  const without = new Set(
    columns.flatMap((column) =>
      column.default === undefined && column.identity === undefined ? column.name : [],
    ),
  )
  return table.columns
    .filter((column) => column.default !== undefined && column.isLocal && without.has(column.name))
    .map(({ name }) => ({
      kind: 'default',
      identity: `DEFAULT ${quoteQualified(table.name)}.${quoteName(name)}`,
    }))
}

function lostSettings(table: TableDetails, other: KnownTable): LostObject[] {
  const { isUnlogged, replicaIdentity } = table
  const isIdentityLost = other.replicaIdentity !== undefined && other.replicaIdentity !== replicaIdentity
  const words = replicaIdentity === 'index' ? 'USING INDEX' : replicaIdentity.toUpperCase()
  return [
    ...(isUnlogged && other.isUnlogged === false ? ['UNLOGGED'] : []),
    ...(isIdentityLost && replicaIdentity !== 'default' ? [`REPLICA IDENTITY ${words}`] : []),
  ].map((identity) => ({ kind: 'setting', identity }))
}

const COMMENT = /^(COMMENT ON (?:[^"']|"(?:[^"]|"")*")*?) IS /

/** Comments on what both have, and on the columns of it, by the table: those of the new one may be others. */
function lostComments(
  old: Pick<DatabaseSchema, 'objects'>,
  fresh: KnownSchema,
): ReadonlyTableMap<LostObject[]> {
  const subjectOf = (statement: string) => COMMENT.exec(statement)?.[1]
  const known = new Set(fresh.objects.flatMap(({ describe = [] }) => describe.map(subjectOf)))
  const there = new Map(fresh.objects.map((object) => [object.identity, object]))
  const found = new TableMap<LostObject[]>()
  for (const { identity, describe, of, table, view } of old.objects) {
    const name = table?.name ?? view?.name ?? of
    const twin = there.get(identity)
    if (name === undefined || twin?.describe === undefined) continue
    const columns = twin.table?.columns?.map((column) => column.name) ?? twin.table?.columnNames
    const isOfLost = (subject: string) =>
      subject.startsWith('COMMENT ON COLUMN ') &&
      columns?.every((column) => !subject.endsWith(`.${quoteName(column)}`)) === true
    const lost = describe.flatMap((statement) => {
      const subject = subjectOf(statement)
      return subject === undefined || known.has(subject) || isOfLost(subject) ? [] : [subject]
    })
    if (lost.length === 0) continue
    const all = lost.map((subject) => ({ kind: 'comment', identity: subject }))
    found.set(name, [...(found.get(name) ?? []), ...all])
  }
  return found
}

/** What decides who sees which rows follows the source, as all definitions do: but not without a word. */
function redefinedPolicies(
  old: Pick<DatabaseSchema, 'objects'>,
  fresh: KnownSchema,
): ReadonlyTableMap<string[]> {
  const there = new Map(fresh.objects.map((object) => [object.identity, object]))
  const found = new TableMap<string[]>()
  for (const { identity, kind, of, create } of old.objects) {
    const twin = kind === 'policy' ? there.get(identity) : undefined
    if (of === undefined || twin === undefined || isSameSql(create.join(), twin.create.join())) continue
    found.set(of, [...(found.get(of) ?? []), identity])
  }
  return found
}

function lostChecks(table: TableDetails, other: KnownTable, shapes: ReadonlySet<string>): LostObject[] {
  if (other.checks === undefined || table.partitionOf !== undefined) return []
  return table.checks
    .filter(
      (check) =>
        !shapes.has(identityOfCheck(table, check)) && !shapes.has(shapeOfCheck(table.name, check.definition)),
    )
    .map((check) => ({ kind: 'constraint', identity: identityOfCheck(table, check) }))
}

function shapeOfCheck(table: TableName, definition: string): string {
  return `CONSTRAINT ? ON ${quoteQualified(table)}: ${definition}`
}

const OWN_NAME = /^[A-Z ]+ (?:.*\.)?("(?:[^"]|"")+"|[^" .]+)(?: ON .*)?$/s

/** The statements of an object without its name, because tools name indexes and constraints differently. */
function shapeOf({ identity, create }: Pick<SchemaObject, 'identity' | 'create'>): string {
  const [, name] = OWN_NAME.exec(identity.replace(/ ON .*$/s, '')) ?? []
  const text = create.join(';\n')
  if (text === '') return identity
  return name === undefined ? text : text.split(` ${name} `).join(' ? ')
}
