import type { Session } from '../../postgres/session.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import { type DraftObject, IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/** Reads policies, including those that users have added to tables of extensions, and which tables enforce theirs. */
export async function readPolicies(session: Session, { dependencies }: ReadContext): Promise<ReadObjects> {
  const policies = await session.query<PolicyRow>(POLICIES_SQL)
  const secured = await session.query<SecuredRow>(SECURED_SQL)
  const own = secured.filter(({ tableId }) => dependencies.extensionOf(tableId) === undefined)
  return { objects: [...policies.map(toPolicy), ...own.map(toRowSecurity)] }
}

const COMMANDS: Readonly<Record<string, string>> = { r: 'SELECT', a: 'INSERT', w: 'UPDATE', d: 'DELETE' }

function toPolicy(row: PolicyRow): DraftObject {
  const { id, name, schema, table, isPermissive, command, roles, using, check } = row
  const of = quoteQualified({ schema, name: table })
  const action = COMMANDS[command]
  const to = roles.length === 0 ? [] : [`TO ${roles.map(quoteName).join(', ')}`]
  return {
    id,
    kind: 'policy',
    identity: `POLICY ${quoteName(name)} ON ${of}`,
    schema,
    of: { schema, name: table },
    section: 'post-data',
    create: [
      [
        `CREATE POLICY ${quoteName(name)} ON ${of}`,
        ...(isPermissive ? [] : ['AS RESTRICTIVE']),
        ...(action === undefined ? [] : [`FOR ${action}`]),
        ...to,
        ...(using === null ? [] : [`USING (${using})`]),
        ...(check === null ? [] : [`WITH CHECK (${check})`]),
      ].join(' '),
    ],
    owner: undefined,
    roles,
  }
}

/** Only after the rows, because forced row security hides them from their owner, too. */
function toRowSecurity({ tableId, schema, table, isEnabled, isForced }: SecuredRow): DraftObject {
  const of = quoteQualified({ schema, name: table })
  return {
    id: `${tableId}:row security`,
    kind: 'row security',
    identity: `ROW SECURITY ${of}`,
    schema,
    of: { schema, name: table },
    section: 'post-data',
    create: [
      ...(isForced ? [`ALTER TABLE ONLY ${of} FORCE ROW LEVEL SECURITY`] : []),
      ...(isEnabled ? [`ALTER TABLE ${of} ENABLE ROW LEVEL SECURITY`] : []),
    ],
    owner: undefined,
    dependsOn: [tableId],
  }
}

interface PolicyRow extends Record<string, unknown> {
  readonly id: string
  readonly name: string
  readonly schema: string
  readonly table: string
  readonly isPermissive: boolean
  readonly command: string
  /** Empty for PUBLIC. */
  readonly roles: readonly string[]
  readonly using: string | null
  readonly check: string | null
}

interface SecuredRow extends Record<string, unknown> {
  readonly tableId: string
  readonly schema: string
  readonly table: string
  readonly isEnabled: boolean
  readonly isForced: boolean
}

const POLICIES_SQL = `
SELECT 'pg_policy:' || p.oid AS id, p.polname AS name, n.nspname AS schema, c.relname AS table, p.polpermissive AS "isPermissive",
  p.polcmd::text AS command, ARRAY(SELECT rolname::text FROM pg_roles WHERE oid = ANY (p.polroles) ORDER BY rolname) AS roles,
  pg_get_expr(p.polqual, p.polrelid) AS using, pg_get_expr(p.polwithcheck, p.polrelid) AS check
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE ${IS_USER_SCHEMA}`

const SECURED_SQL = `
SELECT 'pg_class:' || c.oid AS "tableId", n.nspname AS schema, c.relname AS table, c.relrowsecurity AS "isEnabled",
  c.relforcerowsecurity AS "isForced"
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND (c.relrowsecurity OR c.relforcerowsecurity) AND ${IS_USER_SCHEMA}`
