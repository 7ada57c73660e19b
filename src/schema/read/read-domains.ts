import type { Session } from '../../postgres/session.ts'
import type { ObjectId } from '../object-id.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import { collationName } from './name-sql.ts'
import { type DraftObject, IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/**
 * Reads domains. A check is written with its domain, unless it is not validated, or needs an object of users that may need the domain, such
 * as a function that takes its values.
 */
export async function readDomains(session: Session, context: ReadContext): Promise<ReadObjects> {
  const rows = await session.query<DomainRow>(DOMAINS_SQL)
  const own = rows.filter(({ id }) => context.dependencies.extensionOf(id) === undefined)
  return {
    objects: own.flatMap((row) => [
      domainOf(row, context),
      ...defaultOf(row, context),
      ...constraintsOf(row, context),
    ]),
  }
}

interface DomainRow extends Record<string, unknown> {
  readonly id: string
  readonly arrayId: string
  readonly schema: string
  readonly name: string
  readonly owner: string
  readonly baseType: string
  readonly collation: string | null
  readonly default: string | null
  readonly isNotNull: boolean
  readonly constraints: ConstraintRow[] | null
}

interface ConstraintRow {
  readonly id: string
  readonly name: string
  readonly definition: string
  readonly isNotNull: boolean
  readonly isValid: boolean
}

function domainOf(row: DomainRow, context: ReadContext): DraftObject {
  const { id, arrayId, schema, owner, baseType } = row
  const identity = `DOMAIN ${quoteQualified(row)}`
  const within = (row.constraints ?? []).filter((constraint) => isWithin(row, constraint, context))
  const clauses = [
    `CREATE ${identity} AS ${baseType}${row.collation === null ? '' : ` COLLATE ${row.collation}`}`,
    ...(row.isNotNull ? [notNullOf(row)] : []),
    ...(row.default === null || needsDomain(row, context) ? [] : [`DEFAULT ${row.default}`]),
    ...within.filter(({ isNotNull }) => !isNotNull).map(clauseOf),
  ]
  return {
    id,
    kind: 'domain',
    identity,
    schema,
    section: 'pre-data',
    create: [clauses.join('\n    ')],
    owner,
    independentOf: needsDomain(row, context) ? functionsOf(row, context) : [],
    parts: [
      { id: arrayId },
      ...within.map((constraint) => ({ id: constraint.id, identity: identityOf(row, constraint) })),
    ],
    type: {
      kind: 'domain',
      baseType,
      collation: row.collation ?? undefined,
      default: row.default ?? undefined,
      isNotNull: row.isNotNull,
      constraints: (row.constraints ?? []).map(({ name, definition }) => ({ name, definition })),
    },
  }
}

/** Since version 17, NOT NULL is a constraint with a name. The name is written if the server would choose another. */
function notNullOf({ name, constraints }: DomainRow): string {
  const named = constraints?.find(({ isNotNull }) => isNotNull)
  return named === undefined || named.name === `${name}_not_null` ? 'NOT NULL' : clauseOf(named)
}

function clauseOf({ name, definition }: ConstraintRow): string {
  return `CONSTRAINT ${quoteName(name)} ${definition}`
}

function identityOf(domain: DomainRow, { name }: ConstraintRow): string {
  return `CONSTRAINT ${quoteName(name)} ON DOMAIN ${quoteQualified(domain)}`
}

function isWithin({ id }: DomainRow, constraint: ConstraintRow, { dependencies }: ReadContext): boolean {
  if (constraint.isNotNull) return true
  const needsOthers = dependencies
    .of(constraint.id)
    .some(
      ({ to }) => to !== id && !to.startsWith('pg_extension:') && dependencies.extensionOf(to) === undefined,
    )
  return constraint.isValid && !needsOthers
}

/** A default comes after the domain if it calls a function that refers to the domain. */
function defaultOf(row: DomainRow, context: ReadContext): DraftObject[] {
  if (!needsDomain(row, context)) return []
  const name = quoteQualified(row)
  return [
    {
      id: `${row.id}:default`,
      kind: 'default',
      identity: `DEFAULT OF DOMAIN ${name}`,
      schema: row.schema,
      section: 'pre-data',
      create: [`ALTER DOMAIN ${name} SET DEFAULT ${row.default}`],
      owner: undefined,
      dependsOn: [row.id, ...functionsOf(row, context)],
    },
  ]
}

function needsDomain(row: DomainRow, context: ReadContext): boolean {
  const functions = row.default === null ? [] : functionsOf(row, context)
  return functions.some((called) => context.dependencies.isNeededBy(row.id, called))
}

/** Of all dependencies of a domain, only its default is a call. */
function functionsOf({ id }: DomainRow, { dependencies }: ReadContext): ObjectId[] {
  return dependencies.of(id).flatMap(({ to }) => (to.startsWith('pg_proc:') ? [to] : []))
}

function constraintsOf(row: DomainRow, context: ReadContext): DraftObject[] {
  const apart = (row.constraints ?? []).filter((constraint) => !isWithin(row, constraint, context))
  return apart.map((constraint) => ({
    id: constraint.id,
    kind: 'constraint',
    identity: identityOf(row, constraint),
    schema: row.schema,
    section: constraint.isValid ? 'pre-data' : 'post-data',
    create: [`ALTER DOMAIN ${quoteQualified(row)} ADD ${clauseOf(constraint)}`],
    owner: undefined,
  }))
}

const DOMAINS_SQL = `
SELECT 'pg_type:' || t.oid AS id, 'pg_type:' || t.typarray AS "arrayId", n.nspname AS schema, t.typname AS name,
  pg_get_userbyid(t.typowner) AS owner, format_type(t.typbasetype, t.typtypmod) AS "baseType",
  CASE WHEN t.typcollation <> b.typcollation THEN ${collationName('t.typcollation')} END AS collation,
  pg_get_expr(t.typdefaultbin, 0) AS default, t.typnotnull AS "isNotNull",
  (SELECT json_agg(json_build_object('id', 'pg_constraint:' || k.oid, 'name', k.conname, 'definition', pg_get_constraintdef(k.oid),
      'isNotNull', k.contype = 'n', 'isValid', k.convalidated) ORDER BY k.conname)
    FROM pg_constraint k WHERE k.contypid = t.oid) AS constraints
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_type b ON b.oid = t.typbasetype
WHERE t.oid >= 16384 AND t.typtype = 'd' AND ${IS_USER_SCHEMA}`
