import type { RunRules } from '../../config/config.ts'
import { coded, type Finding } from '../../core/finding.ts'
import { TableMap, TableSet } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import { OWN_SCHEMAS } from '../../postgres/catalog/list-relations.ts'
import type { Session } from '../../postgres/session.ts'
import { chooseObjects, type Wanted, withoutObjects } from '../../schema/choose-objects.ts'
import type { CreatableObject, CreatableSchema } from '../../schema/creatable-object.ts'
import { inExtensionSchemas } from '../../schema/in-extension-schemas.ts'
import { readSchemaNow } from '../../schema/read-schema.ts'
import type { DatabaseSchema } from '../../schema/schema-object.ts'
import type { SkippedTable } from '../../transfer/inspect/drift.ts'
import { errorFinding, noteFinding } from '../../transfer/validate/finding.ts'
import { judgeOwnership } from '../follow/judge-ownership.ts'
import { judgeTriggers } from '../follow/judge-triggers.ts'
import { type PlannedFollow, planFollow, withoutCreated } from '../follow/plan-follow.ts'
import type { RunOptions } from '../run-plan.ts'
import type { CreationScope } from './decide-scope.ts'
import { evaluatedLeftOut } from './evaluated-left-out.ts'
import { findObstacles } from './find-obstacles.ts'
import { judgeDefaultPartitions } from './judge-default-partitions.ts'
import { judgeDefiners, judgeSearchPath } from './judge-functions.ts'
import { judgeRights } from './judge-rights.ts'
import { judgeTablespaces } from './judge-tablespaces.ts'

/** What a run creates in its target. */
export interface PlannedCreation {
  /** In the order of creation. */
  readonly objects: readonly CreatableObject[]
  /** Objects that every new database has, such as the schema `public`. The merge gives them their comment, owner and privileges. */
  readonly altered: readonly CreatableObject[]
  readonly findings: readonly Finding[]
  /** Tables of the run that cannot be created, and are left out because the run was asked to. */
  readonly skipped: readonly SkippedTable[]
  /** Changes of existing tables; undefined unless the run was asked to follow the schema of its source. */
  readonly follow: PlannedFollow | undefined
}

/** The input of a plan of what to create. */
export interface CreationRequest {
  readonly scope: CreationScope
  readonly source: CreatableSchema
  /** The tables of the run. */
  readonly tables: readonly TableName[]
  readonly rules: Pick<RunRules, 'to' | 'owner' | 'grants'>
  readonly options: Pick<RunOptions, 'skipsUnsupported'>
  /** Whether it is planned for a database of the same server that does not exist yet. */
  readonly isNew?: boolean
  /** The same source with everything that can differ, if the run follows it. */
  readonly followed?: DatabaseSchema | undefined
  /** What a run without success has left, by id. The next run drops it first. */
  readonly leftovers?: ReadonlySet<string> | undefined
}

/** Finds out what must be created in a target, and what prevents it. Changes nothing. */
export async function planCreation(session: Session, request: CreationRequest): Promise<PlannedCreation> {
  const { scope, tables, rules, options, isNew = false } = request
  const asThere = <S extends CreatableSchema>(schema: S) =>
    isNew ? schema : inExtensionSchemas(session, schema)
  const source = await asThere(request.source)
  const target = isNew ? undefined : withoutLeftovers(await readSchemaNow(session), request.leftovers)
  const there = target?.objects ?? []
  const existing = new Set(there.map(({ identity }) => identity))
  const all = source.objects.filter((object) => isCreated(object, rules))
  const followed = request.followed === undefined ? undefined : await asThere(request.followed)
  const follow =
    followed === undefined || target === undefined ? undefined : planFollow(followed, target, tables, rules)
  const chosen = chooseObjects(all, {
    tables: scope === 'everything' ? undefined : new TableSet(tables),
    exists: (identity) => existing.has(identity),
    ...(follow === undefined ? {} : wantedFirst(follow)),
  })
  const known = new TableSet(tablesOf(there))
  const missing = tables.filter((name) => !known.has(name))
  const { objects, findings } = await leaveOutImpossible(
    session,
    { ...request, source },
    missing,
    attachLast(chosen.objects),
  )
  const altered = scope === 'everything' ? await findAltered(session, source.objects, there, rules) : []
  const kept = new TableSet(tablesOf(objects))
  const created = new Set(objects.map(({ identity }) => identity))
  const rest = follow && followed && withoutCreated(follow, followed, created)
  return {
    objects,
    altered,
    follow: rest,
    // The validation reports tables that the source does not describe.
    skipped: (options.skipsUnsupported === true ? missing : [])
      .filter((name) => !kept.has(name))
      .map((table) => ({ table, reason: 'cannot be created in the target, as the notes say' })),
    findings: coded('schema', [
      ...findings,
      ...chosen.withoutParent.map(({ identity }) =>
        noteFinding(identity, 'is not created: the table that it refers to is not in the target'),
      ),
      ...(isNew ? [] : await judgeRights(session, objects, altered, rules)),
      ...(await judgeDefiners(session, objects, rules)),
      ...(await judgeSearchPath(session, objects, source.searchPath, rules)),
      ...judgeTablespaces(source.placed, objects),
      ...(rest === undefined ? [] : await judgeOwnership(session, rest)),
      ...(rest === undefined ? [] : judgeTriggers(rest)),
      ...(isNew ? [] : await judgeDefaultPartitions(session, attachmentsOf(objects, rest))),
      ...(rest?.keptFunctions ?? []).map(({ identity, review }) =>
        noteFinding(identity, `differs, and stays as it is in the target: ${review}`, REVIEW),
      ),
    ]),
  }
}

/** Includes the statements that attach partitions. */
function attachmentsOf(objects: readonly CreatableObject[], follow: PlannedFollow | undefined): string[] {
  const created = objects.flatMap(({ kind, create }) => (kind === 'partition' ? create : []))
  return [...created, ...(follow?.steps.within ?? []).map(({ sql }) => sql)]
}

const REVIEW = 'Review what `mbsync schema diff --sql` writes of it, and apply that by hand.'

/** Only an owner may change an existing object, and only a superuser what the server came with. Otherwise it is left as it is. */
async function findAltered(
  session: Session,
  all: readonly CreatableObject[],
  there: readonly CreatableObject[],
  { grants }: CreationRequest['rules'],
): Promise<CreatableObject[]> {
  const { isOwner, isSuperuser } = await session.queryOne<{ isOwner: boolean; isSuperuser: boolean }>(
    `SELECT coalesce((SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'public'), false) AS "isOwner",
       rolsuper AS "isSuperuser" FROM pg_roles WHERE rolname = current_user`,
  )
  const textOf = (object: CreatableObject | undefined) =>
    object && JSON.stringify([object.create, object.describe, object.owner, object.grants])
  const present = new Map(there.map((object) => [object.identity, textOf(object)]))
  return all.filter((object) => {
    const { identity, kind } = object
    const isSchema = isOwner && identity === 'SCHEMA public' && present.has(identity)
    const isOfServer = isSuperuser && kind === 'privileges' && grants === 'source'
    return (isSchema || isOfServer) && present.get(identity) !== textOf(object)
  })
}

function withoutLeftovers(
  schema: DatabaseSchema,
  leftovers: ReadonlySet<string> = new Set(),
): DatabaseSchema {
  const rowOf = (id: string) => id.split(':', 2).join(':')
  return { ...schema, objects: schema.objects.filter(({ id }) => !leftovers.has(rowOf(id))) }
}

function isCreated({ schema, kind }: CreatableObject, { grants }: CreationRequest['rules']): boolean {
  if (OWN_SCHEMAS.some((own) => own === schema)) return false
  // Left out: default privileges, which are about later objects; publications, which are about what leaves this very database; and what the
  // server came with, which exists.
  return kind === 'default privileges' ? grants === 'source' : kind !== 'publication' && kind !== 'privileges'
}

function tablesOf(objects: readonly CreatableObject[]): TableName[] {
  return objects.flatMap(({ table }) => (table === undefined ? [] : table.name))
}

/** Each object that cannot be created is an error, or is left out together with everything that needs it. */
async function leaveOutImpossible(
  session: Session,
  { scope, source, options, rules }: CreationRequest,
  missing: readonly TableName[],
  wanted: readonly CreatableObject[],
): Promise<Pick<PlannedCreation, 'objects' | 'findings'>> {
  const needed = new Set(wanted.flatMap(({ dependsOn }) => dependsOn))
  const tables = new TableSet([...missing, ...tablesOf(wanted)])
  const isOfWanted = (of: TableName | undefined) => of !== undefined && tables.has(of)
  const unsupported = source.unsupported.filter(
    ({ id, of }) => scope === 'everything' || needed.has(id) || isOfWanted(of),
  )
  const obstacles = [...unsupported, ...(await findObstacles(session, wanted))]
  if (options.skipsUnsupported !== true) {
    const findings = obstacles.map(({ identity, reason, hint = '' }) =>
      errorFinding(identity, reason, `${hint} --skip-unsupported leaves it out, with what needs it.`.trim()),
    )
    return { objects: wanted, findings }
  }
  const evaluating = evaluatedLeftOut(wanted, obstacles)
  const ids = new Set([...obstacles, ...evaluating].map(({ id }) => id))
  const { kept, dependents } = withoutObjects(wanted, ids)
  return {
    objects: kept,
    findings: [
      ...[...obstacles, ...evaluating].map(({ identity, reason }) =>
        noteFinding(identity, `is left out of "${rules.to.name}": ${reason}`),
      ),
      ...dependents.map(({ identity }) =>
        noteFinding(identity, 'is left out, because it needs an object that is left out'),
      ),
    ],
  }
}

/** Objects that rows need to land, so they cannot wait for the merge. */
const FIRST = new Set(['schema', 'extension', 'collation', 'type', 'domain'])

/**
 * Splits what a run follows into objects that it creates before rows land, and objects that must wait: a partition of a table that changes
 * has columns that the table gets only in the merge.
 */
function wantedFirst({ differences }: PlannedFollow): Pick<Wanted, 'others' | 'isDelayed'> {
  const missing = differences.filter(({ kind, ids }) => FIRST.has(kind) && ids.target === undefined)
  const changed = new TableSet(
    differences.flatMap(({ kind, ids, of }) =>
      kind === 'table' && ids.target !== undefined && of !== undefined ? of : [],
    ),
  )
  return {
    others: new Set(missing.map(({ identity }) => identity)),
    isDelayed: ({ table }) => table?.partitionOf !== undefined && changed.has(table.partitionOf.parent),
  }
}

/**
 * Moves the statements that attach a new partition to an existing table behind the indexes of the partition. Otherwise ATTACH would create
 * those indexes itself, under the same names.
 */
function attachLast(objects: readonly CreatableObject[]): readonly CreatableObject[] {
  const created = new TableSet(objects.flatMap(({ table }) => (table === undefined ? [] : table.name)))
  const parents = new TableMap(
    objects.flatMap(({ table }) =>
      table?.partitionOf === undefined ? [] : [[table.name, table.partitionOf.parent]],
    ),
  )
  const isMoved = (object: CreatableObject) => {
    const { kind, of } = object
    const parent = kind === 'partition' && of !== undefined ? parents.get(of) : undefined
    return parent !== undefined && !created.has(parent)
  }
  const moved = objects.filter(isMoved)
  if (moved.length === 0) return objects
  const rest = objects.filter((object) => !isMoved(object))
  const last = new TableMap(
    rest.flatMap(({ kind, of }, at) =>
      of !== undefined && (kind === 'index' || kind === 'constraint') ? [[of, at]] : [],
    ),
  )
  const placed = moved.map((object) => ({
    object,
    at: (object.of && last.get(object.of)) ?? rest.findIndex(({ id }) => object.dependsOn.includes(id)),
  }))
  return rest.flatMap((object, at) => [
    object,
    ...placed.filter((each) => Math.max(each.at, 0) === at).map((each) => each.object),
  ])
}
