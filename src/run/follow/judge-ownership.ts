import type { Finding } from '../../core/finding.ts'
import { displayName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { errorFinding } from '../../transfer/validate/finding.ts'
import type { PlannedFollow } from './plan-follow.ts'

/** Finds the tables and views that a run would change, and its role may not: only their owners may. */
export async function judgeOwnership(
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
      `Let that role apply \`mbsync schema diff --sql --table ${displayName(table)}\`, make the role of the target its owner (ALTER TABLE ${relation(table)} OWNER TO …), or run without following the schema.`,
    ),
  )
}
