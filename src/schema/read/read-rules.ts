import type { Session } from '../../postgres/session.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import { IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/** Reads the rules of tables and views, except those that are the queries of views. */
export async function readRules(session: Session, { dependencies }: ReadContext): Promise<ReadObjects> {
  const rows = await session.query<RuleRow>(RULES_SQL)
  const own = rows.filter(({ tableId }) => dependencies.extensionOf(tableId) === undefined)
  return {
    objects: own.map(({ id, name, schema, table, definition, state }) => {
      const of = quoteQualified({ schema, name: table })
      const action = STATES[state]
      const alter = action === undefined ? [] : [`ALTER TABLE ${of} ${action} RULE ${quoteName(name)}`]
      return {
        id,
        kind: 'rule',
        identity: `RULE ${quoteName(name)} ON ${of}`,
        schema,
        of: { schema, name: table },
        section: 'post-data',
        create: [definition.replace(/;\s*$/, ''), ...alter],
        owner: undefined,
      }
    }),
  }
}

const STATES: Readonly<Record<string, string>> = {
  D: 'DISABLE',
  R: 'ENABLE REPLICA',
  A: 'ENABLE ALWAYS',
}

interface RuleRow extends Record<string, unknown> {
  readonly id: string
  readonly name: string
  readonly schema: string
  readonly tableId: string
  readonly table: string
  readonly definition: string
  readonly state: string
}

const RULES_SQL = `
SELECT 'pg_rewrite:' || r.oid AS id, r.rulename AS name, n.nspname AS schema, 'pg_class:' || c.oid AS "tableId", c.relname AS table,
  pg_get_ruledef(r.oid) AS definition, r.ev_enabled::text AS state
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND ${IS_USER_SCHEMA}`
