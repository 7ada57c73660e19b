import type { RunRules } from '../../config/config.ts'
import { coded, type Finding } from '../../core/finding.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { listRelations } from '../../postgres/catalog/list-relations.ts'
import { TO_BECOME_SQL } from '../../postgres/catalog/to-become.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { isTable } from '../../transfer/inspect/select-relations.ts'
import { stayRuleOf } from '../../transfer/inspect/stay-rule.ts'
import { errorFinding } from '../../transfer/validate/finding.ts'
import { inherit } from '../../transfer/validate/owner-advice.ts'
import type { Brought } from './find-left-behind.ts'

interface Rights {
  readonly role: string
  readonly owner: string
  readonly isDormantOwner: boolean
  readonly canRead: boolean
  readonly canLock: boolean
  readonly isHidden: boolean
}

/** Errors about tables with rows that stay: the role must be able to read them, and to keep writers out of them before the switch. */
export async function judgeStaying(
  session: Session,
  { keep, deletes }: Pick<RunRules, 'keep' | 'deletes'>,
  { isBrought }: Brought,
): Promise<Finding[]> {
  const rules = { ...(keep && { keep }), ...(deletes && { deletes }) }
  const tables = (await listRelations(session)).filter(
    (table) => isTable(table) && isBrought(table) && stayRuleOf(rules, table.name) !== undefined,
  )
  const rights = await session.query<Rights & { readonly oid: number } & Record<string, unknown>>(
    RIGHTS_SQL,
    [tables.map(({ oid }) => oid)],
  )
  return coded(
    'keep',
    rights.flatMap(({ oid, ...right }) => {
      const table = tables.find((each) => each.oid === oid)
      if (table === undefined || (right.canRead && right.canLock && !right.isHidden)) return []
      return [lacking(table.name, right)]
    }),
  )
}

function lacking(table: TableName, { role, owner, isDormantOwner, canRead, canLock }: Rights): Finding {
  const subject = displayName(table)
  if (canRead && canLock) {
    return errorFinding(
      subject,
      'rows of it stay, and its row-level security is active for the role: the run could not see which',
      'Use a role with BYPASSRLS, or write the target in place: `strategy: merge`.',
    )
  }
  return errorFinding(
    subject,
    `rows of it stay, and the role may not ${canRead ? 'lock' : 'read'} it: the run could not copy them to the new database`,
    isDormantOwner
      ? inherit([owner])
      : `GRANT SELECT, UPDATE ON ${relation(table)} TO ${identifier(role)}, and USAGE ON its schema; or write the target in place: \`strategy: merge\`.`,
  )
}

const RIGHTS_SQL = `
SELECT c.oid::int8::float8 AS oid, current_user::text AS role, pg_get_userbyid(c.relowner)::text AS owner,
  pg_has_role(c.relowner, ${TO_BECOME_SQL}) AND NOT pg_has_role(c.relowner, 'USAGE') AS "isDormantOwner",
  has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS "canRead",
  has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') AS "canLock",
  row_security_active(c.oid) AS "isHidden"
FROM pg_class c WHERE c.oid = ANY ($1::oid[]) ORDER BY c.oid`
