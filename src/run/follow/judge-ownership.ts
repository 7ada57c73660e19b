import type { Finding } from '../../core/finding.ts'
import { shellWord } from '../../core/shell-word.ts'
import { displayName } from '../../core/table-name.ts'
import { patternOf } from '../../core/table-pattern.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { errorFinding } from '../../transfer/validate/finding.ts'
import type { PlannedFollow } from './plan-follow.ts'

/** Finds objects that a run would change although its role may not: only owners may. */
export async function judgeOwnership(session: Session, follow: PlannedFollow): Promise<Finding[]> {
  return [...(await judgeTables(session, follow)), ...(await judgeOthers(session, follow))]
}

/** Kinds that belong to no table or view: types, domains, functions, sequences, schemas. */
async function judgeOthers(session: Session, { differences }: PlannedFollow): Promise<Finding[]> {
  const objects = differences.flatMap(({ of, identity, ids }) => {
    const [catalog = '', oid = ''] = ids.target?.split(':') ?? []
    return of === undefined && OWNERS[catalog] !== undefined ? [{ identity, catalog, oid }] : []
  })
  if (objects.length === 0) return []
  const owned = Object.entries(OWNERS).map(
    ([catalog, column]) =>
      `SELECT '${catalog}' AS catalog, oid, ${column} AS owner FROM ${catalog} WHERE oid = ANY ($3::oid[])`,
  )
  const foreign = await session.query<{ identity: string; owner: string }>(
    `SELECT DISTINCT wanted.identity, pg_get_userbyid(o.owner)::text AS owner
     FROM unnest($1::text[], $2::text[], $3::oid[]) AS wanted (identity, catalog, oid)
     JOIN (${owned.join(' UNION ALL ')}) AS o ON o.catalog = wanted.catalog AND o.oid = wanted.oid
     WHERE NOT pg_has_role(o.owner, 'USAGE') ORDER BY 1`,
    [
      objects.map(({ identity }) => identity),
      objects.map(({ catalog }) => catalog),
      objects.map(({ oid }) => oid),
    ],
  )
  return foreign.map(({ identity, owner }) =>
    errorFinding(
      identity,
      `differs from the source in what the run would change, which only its owner "${owner}" may`,
      `Let that role apply what \`mbsync schema diff --sql\` writes of it, make the role of the target its owner (ALTER ${identity} OWNER TO …), or run without following the schema.`,
    ),
  )
}

/** The catalog that stores the owner of each kind. */
const OWNERS: Readonly<Record<string, string>> = {
  pg_class: 'relowner',
  pg_type: 'typowner',
  pg_proc: 'proowner',
  pg_namespace: 'nspowner',
  pg_collation: 'collowner',
  pg_operator: 'oprowner',
  pg_opclass: 'opcowner',
  pg_opfamily: 'opfowner',
  pg_conversion: 'conowner',
  pg_ts_dict: 'dictowner',
  pg_ts_config: 'cfgowner',
}

async function judgeTables(
  session: Session,
  { differences, recreations }: PlannedFollow,
): Promise<Finding[]> {
  const names = [...differences, ...recreations].flatMap(({ of }) => of ?? [])
  if (names.length === 0) return []
  const foreign = await session.query<{ schema: string; name: string; owner: string }>(
    `SELECT DISTINCT n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner)::text AS owner
     FROM unnest($1::text[], $2::text[]) AS wanted (schema, name)
     JOIN pg_namespace n ON n.nspname = wanted.schema
     JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
     WHERE NOT pg_has_role(c.relowner, 'USAGE') ORDER BY 1, 2`,
    [names.map(({ schema }) => schema), names.map(({ name }) => name)],
  )
  return foreign.map(({ owner, ...table }) =>
    errorFinding(
      displayName(table),
      `differs from the source, and only its owner "${owner}" may`,
      `Let that role apply \`mbsync schema diff --sql --table ${shellWord(patternOf(table))}\`, make the role of the target its owner (ALTER TABLE ${relation(table)} OWNER TO …), or run without following the schema.`,
    ),
  )
}
