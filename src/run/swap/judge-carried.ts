import type { RunRules } from '../../config/config.ts'
import { coded, type Finding } from '../../core/finding.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { SchemaObject } from '../../schema/schema-object.ts'
import { grantorsOf } from '../../schema/write-grants.ts'
import { errorFinding, noteFinding } from '../../transfer/validate/finding.ts'
import { countKinds, describeCreated } from '../creation/describe-created.ts'
import { findObstacles } from '../creation/find-obstacles.ts'
import { findStrangers, type Stranger } from '../creation/find-strangers.ts'
import type { KnownSchema } from './find-lost.ts'

type CarryRules = Pick<RunRules, 'to' | 'owner' | 'grants' | 'swap'>

/** The schema of the database that a swap replaces. */
interface OldSchema {
  readonly objects: readonly SchemaObject[]
}

/** Findings about owners, privileges and publications of the target that this role cannot give to objects of a new database. */
export async function judgeCarried(
  session: Session,
  old: OldSchema,
  fresh: KnownSchema,
  rules: CarryRules,
): Promise<Finding[]> {
  // Every new database has this schema.
  const there = new Set(['SCHEMA public', ...fresh.objects.map(({ identity }) => identity)])
  const shared = old.objects.filter(
    ({ identity, kind }) => there.has(identity) && kind !== 'event trigger' && kind !== 'publication',
  )
  return coded('swap', [
    ...(rules.owner === 'connecting role' ? await judgeOwners(session, shared, rules) : []),
    ...(rules.grants === 'none'
      ? describeNotGiven(
          await splitGrants(session, [
            ...shared,
            ...old.objects.filter(({ kind }) => kind === 'default privileges'),
          ]),
        )
      : []),
    ...(rules.swap.publications === true ? await judgePublications(session, old, there) : []),
  ])
}

const RELATIONS = ['table', 'view', 'materialized view', 'sequence']

async function judgeOwners(
  session: Session,
  shared: readonly SchemaObject[],
  { to }: CarryRules,
): Promise<Finding[]> {
  const owned = shared.filter(
    ({ owner, placeholderOf }) => owner !== undefined && placeholderOf === undefined,
  )
  const strangers = await findStrangers(session, ownersOf(owned))
  const { role } = await session.queryOne<{ role: string }>('SELECT current_user::text AS role')
  return strangers.flatMap((stranger) => {
    const theirs = owned.filter(({ owner }) => owner === stranger.name)
    const needed = theirs.filter((object) => mustBeGiven(object, stranger))
    const others = theirs.filter((object) => !needed.includes(object))
    return [
      ...(needed.length === 0 ? [] : [cannotGive(to.name, needed, stranger, role, session)]),
      ...(others.length === 0 ? [] : [staysWithRole(to.name, others, stranger, role)]),
    ]
  })
}

/** The owners of objects, each once. */
export function ownersOf(objects: readonly Pick<SchemaObject, 'owner'>[]): string[] {
  return [...new Set(objects.flatMap(({ owner }) => owner ?? []))]
}

/**
 * Whether a swap needs the right to give an object to its owner. What a superuser has made for users of the database, such as a schema, can
 * belong to the role that builds the new one.
 */
export function mustBeGiven({ kind }: Pick<SchemaObject, 'kind'>, { isSuperuser }: Stranger): boolean {
  return !isSuperuser || RELATIONS.includes(kind)
}

function listObjects(objects: readonly SchemaObject[]): string {
  const [first] = objects
  return `${describeCreated(countKinds(objects))}, such as ${first?.identity}`
}

function cannotGive(
  target: string,
  objects: readonly SchemaObject[],
  { name }: Stranger,
  role: string,
  { serverVersion }: Session,
): Finding {
  return errorFinding(
    target,
    `role "${role}" cannot give objects to their owner "${name}" in the new database, because it may not become that role: ${listObjects(objects)}`,
    `GRANT ${identifier(name)} TO ${identifier(role)}${serverVersion >= 160000 ? ' WITH SET TRUE' : ''}.`,
  )
}

function staysWithRole(
  target: string,
  objects: readonly SchemaObject[],
  { name }: Stranger,
  role: string,
): Finding {
  return noteFinding(
    target,
    `objects of superuser "${name}" belong to another role in the new database, because "${role}" may not become that role: ${listObjects(objects)}`,
    `If that matters, let a superuser run ALTER … OWNER TO ${identifier(name)} there.`,
  )
}

/** Privileges of one object that this role can give, and those that only other roles can. */
export interface SplitGrants {
  readonly object: SchemaObject
  /** With the grants that it can give. */
  readonly given: SchemaObject
  readonly notGiven: readonly string[]
  /** The roles that can give the others. */
  readonly by: readonly string[]
}

/** Splits privileges by whether the role may act as those who have granted them. */
export async function splitGrants(
  session: Session,
  objects: readonly SchemaObject[],
): Promise<SplitGrants[]> {
  const strangers = await findStrangers(
    session,
    objects.flatMap(({ grants }) => grantorsOf(grants)),
  )
  const unknown = new Set(strangers.map(({ name }) => name))
  return objects.map((object) => {
    const isForeign = (grant: string) => grantorsOf([grant]).some((name) => unknown.has(name))
    const notGiven = object.grants.filter(isForeign)
    const given = { ...object, grants: object.grants.filter((grant) => !isForeign(grant)) }
    return { object, given, notGiven, by: [...new Set(grantorsOf(notGiven))] }
  })
}

/** Notes about privileges that this role cannot give. */
export function describeNotGiven(split: readonly SplitGrants[]): Finding[] {
  return split.flatMap(({ object, notGiven, by }) => {
    if (notGiven.length === 0) return []
    const roles = by.map((name) => `"${name}"`).join(', ')
    return [
      noteFinding(
        object.identity,
        `has privileges in the target that only ${roles}, or a superuser, can give in the new database`,
        `Have them given there after the run: ${notGiven.join('; ').replaceAll('\n', ' ')}.`,
      ),
    ]
  })
}

async function judgePublications(
  session: Session,
  { objects }: OldSchema,
  there: ReadonlySet<string>,
): Promise<Finding[]> {
  const publications = objects.filter(({ kind }) => kind === 'publication')
  const obstacles = await findObstacles(session, publications)
  const known = new Map(objects.map((object) => [object.id, object]))
  const hint = 'Drop it in the target, or leave all publications behind: `swap: { publications: false }`.'
  return [
    ...obstacles.map(({ identity, reason }) =>
      errorFinding(identity, `cannot be created in the new database: ${reason}`, hint),
    ),
    ...publications.flatMap(({ identity, dependsOn }) => {
      const lacking = dependsOn.flatMap((id) => {
        const part = known.get(id)
        return part === undefined || there.has(part.identity) ? [] : part.identity
      })
      if (lacking.length === 0) return []
      const message = `cannot be created in the new database: the source does not have ${lacking.join(', ')}`
      return [errorFinding(identity, message, hint)]
    }),
  ]
}
