import type { RunRules } from '../../config/config.ts'
import { FailedError } from '../../core/errors.ts'
import { coded, type Finding } from '../../core/finding.ts'
import { isSuperuser } from '../../postgres/catalog/is-superuser.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { quoteName } from '../../schema/quote-name.ts'
import { readSchemaNow } from '../../schema/read-schema.ts'
import { type DatabaseSchema, isOfGrants, type SchemaObject } from '../../schema/schema-object.ts'
import { statementsOf } from '../../schema/write-script.ts'
import { noteFinding } from '../../transfer/validate/finding.ts'
import { countKinds, describeCreated } from '../creation/describe-created.ts'
import { ownerStatements } from './give-owners.ts'
import { describeNotGiven, splitGrants } from './judge-carried.ts'

/** What was carried over, and from where. */
export interface CarriedOver {
  /** The schemas of both databases, as they were before. */
  readonly old: DatabaseSchema
  readonly fresh: DatabaseSchema
  /** Notes about what could not be given. */
  readonly notes: readonly Finding[]
}

/**
 * Gives objects that both databases have the owner and the privileges of the old one, unless the profile takes these from the source. This
 * includes default privileges, and privileges on mbsync's own tables. It also creates the publications of the old one, if the profile says
 * so.
 */
export async function carryOver(
  from: Session,
  to: Session,
  rules: Pick<RunRules, 'to' | 'owner' | 'grants' | 'swap'>,
): Promise<CarriedOver> {
  const { grants, swap } = rules
  const [old, fresh] = await Promise.all([readSchemaNow(from), readSchemaNow(to)])
  const known = new Map(fresh.objects.map((object) => [object.identity, object]))
  const publications =
    swap.publications === true
      ? old.objects.filter(({ kind, identity }) => kind === 'publication' && !known.has(identity))
      : []
  const given = old.objects.map((object) => withoutLostColumns(object, known))
  const granted =
    grants === 'none'
      ? changedGrants(
          given.map(({ object }) => object),
          known,
        )
      : []
  const beyond = (await isSuperuser(to)) ? [] : granted.filter(isOfSuperuser)
  const split = await splitGrants(
    to,
    granted.filter((object) => !beyond.includes(object)),
  )
  const statements = [
    ...(rules.owner === 'connecting role' ? await ownerStatements(to, old.objects, known) : []),
    ...split.flatMap((object) => grantsOf(object.given, to)),
    ...(await ownGrants(from)),
    ...(await publicationStatements(from, to, publications)),
  ]
  await to.transaction('BEGIN', async () => {
    for (const statement of statements) await carry(to, statement)
  })
  const ofColumns = grants === 'none' ? given.flatMap(describeLostGrants) : []
  const notes = [...beyond.map(describeBeyond), ...describeNotGiven(split), ...ofColumns]
  return { old, fresh, notes: coded('swap', notes) }
}

/** Notes about whole objects that only the old database had. */
export function describeLostObjects(
  { name }: RunRules['to'],
  old: DatabaseSchema,
  fresh: DatabaseSchema,
): Finding[] {
  const known = new Map(fresh.objects.map((object) => [object.identity, object]))
  return coded('swap', [...describeLost(name, old, known), ...describeUnwritten(name, old, fresh)])
}

/** An object, and those of its columns whose privileges are left out because the new database lacks them. */
interface GivenObject {
  readonly object: SchemaObject
  readonly lost: readonly string[]
}

const COLUMN_OF_GRANT = /^(?:SET ROLE [^;]+;\n)?(?:GRANT|REVOKE) [^"(]+\(("(?:[^"]|"")+"|[^)"]+)\)/

function withoutLostColumns(object: SchemaObject, known: Known): GivenObject {
  const now = known.get(object.identity)
  const columns = (now?.table ?? now?.view)?.columns
  if (columns === undefined) return { object, lost: [] }
  const names = new Set(columns.map(({ name }) => quoteName(name)))
  const columnIn = (statement: string) => COLUMN_OF_GRANT.exec(statement)?.[1]
  const isLost = (statement: string) => {
    const column = columnIn(statement)
    return column !== undefined && !names.has(column)
  }
  return {
    object: { ...object, grants: object.grants.filter((statement) => !isLost(statement)) },
    lost: [...new Set(object.grants.filter(isLost).flatMap((statement) => columnIn(statement) ?? []))],
  }
}

function describeLostGrants({ object, lost }: GivenObject): Finding[] {
  if (lost.length === 0) return []
  return [
    noteFinding(
      object.identity,
      `has privileges on columns that the source does not have, which are not given in the new database: ${lost.join(', ')}`,
      'Grant them after the run if a migration of staging adds the columns again.',
    ),
  ]
}

async function carry(session: Session, statement: string): Promise<void> {
  await session.define(statement).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new FailedError(`The new database cannot get what the target has: ${statement}: ${reason}`, {
      cause: error,
      hint: 'Grant the role of the target what it lacks, or take owners and privileges from the source: `owner: source`, `grants: source`.',
    })
  })
}

type Known = ReadonlyMap<string, SchemaObject>

/**
 * Objects whose privileges differ between the two databases. Default privileges are about later objects, so they are carried over in full.
 */
function changedGrants(objects: readonly SchemaObject[], known: Known): SchemaObject[] {
  return objects.filter(({ identity, kind, grants, placeholderOf }) => {
    const now = known.get(identity)
    if (placeholderOf !== undefined || grants.length === 0) return false
    return now === undefined ? isOfGrants(kind) : now.grants.join() !== grants.join()
  })
}

/** Objects that the server came with, and members of extensions, belong to the superuser. */
function isOfSuperuser({ kind }: SchemaObject): boolean {
  return kind === 'privileges' || kind === 'extension'
}

function grantsOf(object: SchemaObject, { serverVersion }: Session): string[] {
  const bare = { ...object, create: [], describe: [] }
  return statementsOf(bare, { owner: 'connecting role', grants: 'source', serverVersion })
}

function describeBeyond({ identity, grants }: SchemaObject): Finding {
  return noteFinding(
    identity.replace(/^PRIVILEGES ON /, ''),
    'has other privileges in the previous database, which only a superuser can grant in the new one',
    `As a superuser, in the new database: ${grants.join('; ')}.`,
  )
}

/**
 * Creates them with their owners, if the role can do that. The owners must then be allowed to create in the database, as they were in the
 * old one.
 */
async function publicationStatements(
  from: Session,
  to: Session,
  publications: readonly SchemaObject[],
): Promise<string[]> {
  const owners = [...new Set(publications.flatMap(({ owner }) => owner ?? []))]
  const rows = await from.query<{ owner: string }>(
    `SELECT o.owner FROM unnest($1::text[]) AS o (owner) JOIN pg_roles r ON r.rolname = o.owner
     WHERE pg_has_role(r.oid, 'MEMBER') AND has_database_privilege(r.oid, current_database(), 'CREATE')`,
    [owners],
  )
  const possible = new Set(rows.map(({ owner }) => owner))
  const lacking = await to.query<{ owner: string; database: string }>(
    `SELECT o.owner, current_database()::text AS database FROM unnest($1::text[]) AS o (owner) WHERE NOT has_database_privilege(o.owner, current_database(), 'CREATE')`,
    [[...possible]],
  )
  const rights = lacking.map(({ owner, database }) => {
    const [right, role] = [`CREATE ON DATABASE ${identifier(database)}`, identifier(owner)]
    return { grant: `GRANT ${right} TO ${role}`, revoke: `REVOKE ${right} FROM ${role}` }
  })
  const { serverVersion } = to
  return [
    ...rights.map(({ grant }) => grant),
    ...publications.flatMap((object) =>
      statementsOf(object, {
        owner: possible.has(object.owner ?? '') ? 'source' : 'connecting role',
        grants: 'none',
        serverVersion,
      }),
    ),
    // The database gets the grants of the old one when it gets its name.
    ...rights.map(({ revoke }) => revoke),
  ]
}

/** What roles may do with mbsync's own schema, such as reading how runs ended. */
async function ownGrants(from: Session): Promise<string[]> {
  const rows = await from.query<{ target: string; privilege: string; role: string | null }>(
    `SELECT o.target, a.privilege_type AS privilege, r.rolname::text AS role FROM (
       SELECT 'SCHEMA mbsync' AS target, nspacl AS acl, nspowner AS owner FROM pg_namespace WHERE nspname = 'mbsync'
       UNION ALL
       SELECT 'TABLE mbsync.' || quote_ident(relname), relacl, relowner FROM pg_class WHERE relnamespace = 'mbsync'::regnamespace AND relkind = 'r'
     ) o CROSS JOIN LATERAL aclexplode(o.acl) AS a LEFT JOIN pg_roles r ON r.oid = a.grantee
     WHERE a.grantee <> o.owner AND (a.grantee = 0 OR r.oid IS NOT NULL)`,
  )
  return rows.map(({ target, privilege, role }) => {
    return `GRANT ${privilege} ON ${target} TO ${role === null ? 'PUBLIC' : identifier(role)}`
  })
}

/** Objects of a missing table are not noted separately. */
function describeLost(target: string, { objects }: DatabaseSchema, known: Known): Finding[] {
  const lost = objects.filter(
    ({ identity, kind, of, placeholderOf }) =>
      !known.has(identity) && !isOfGrants(kind) && of === undefined && placeholderOf === undefined,
  )
  if (lost.length === 0) return []
  const [first] = lost
  return [
    noteFinding(
      target,
      `the new database lacks objects that the previous one had and the source does not: ${describeCreated(countKinds(lost))}, such as ${first?.identity}`,
      'If it is needed, run the migrations of staging again; `mbsync rollback` restores the previous database.',
    ),
  ]
}

/**
 * Objects that cannot be written as statements, such as foreign servers, are missing in a new database until someone creates them by hand.
 */
function describeUnwritten(target: string, old: DatabaseSchema, fresh: DatabaseSchema): Finding[] {
  const known = new Set(fresh.unsupported.map(({ identity }) => identity))
  const lost = old.unsupported.flatMap(({ identity }) => (known.has(identity) ? [] : identity))
  if (lost.length === 0) return []
  return [
    noteFinding(
      target,
      `the new database lacks objects that the previous one had and mbsync does not create: ${lost.join(', ')}`,
      'If it is needed, create it again, for example by SQL of `after`; `mbsync rollback` restores the previous database.',
    ),
  ]
}
