import type { Session } from '../../postgres/session.ts'
import type { ObjectId } from '../object-id.ts'
import { functionName, operatorName } from './name-sql.ts'
import { IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/** Reads operators. PostgreSQL itself creates those that are only named as another's commutator or negator. */
export async function readOperators(session: Session, { dependencies }: ReadContext): Promise<ReadObjects> {
  const rows = await session.query<OperatorRow>(OPERATORS_SQL)
  const own = rows.filter(({ id }) => dependencies.extensionOf(id) === undefined)
  return {
    objects: own.map(({ id, schema, name, left, right, owner, options, flags }) => {
      const list = [...Object.entries(options).map(([option, value]) => `${option} = ${value}`), ...flags]
      return {
        id,
        kind: 'operator',
        identity: `OPERATOR ${name} (${left ?? 'NONE'}, ${right ?? 'NONE'})`,
        schema,
        section: 'pre-data',
        create: [`CREATE OPERATOR ${name} (\n    ${list.join(',\n    ')}\n)`],
        owner,
      }
    }),
  }
}

interface OperatorRow extends Record<string, unknown> {
  readonly id: ObjectId
  readonly schema: string
  readonly name: string
  readonly left: string | null
  readonly right: string | null
  readonly owner: string
  readonly options: Record<string, string>
  readonly flags: readonly string[]
}

const OPERATORS_SQL = `
SELECT 'pg_operator:' || o.oid AS id, n.nspname AS schema, quote_ident(n.nspname) || '.' || o.oprname AS name,
  CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) END AS left,
  CASE WHEN o.oprright <> 0 THEN format_type(o.oprright, NULL) END AS right, pg_get_userbyid(o.oprowner) AS owner,
  json_strip_nulls(json_build_object(
    'FUNCTION', ${functionName('o.oprcode')},
    'LEFTARG', CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) END,
    'RIGHTARG', CASE WHEN o.oprright <> 0 THEN format_type(o.oprright, NULL) END,
    'COMMUTATOR', ${operatorName('o.oprcom')},
    'NEGATOR', ${operatorName('o.oprnegate')},
    'RESTRICT', ${functionName('o.oprrest')},
    'JOIN', ${functionName('o.oprjoin')})) AS options,
  array_remove(ARRAY[CASE WHEN o.oprcanmerge THEN 'MERGES' END, CASE WHEN o.oprcanhash THEN 'HASHES' END], NULL) AS flags
FROM pg_operator o
JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE o.oid >= 16384 AND o.oprcode <> 0 AND ${IS_USER_SCHEMA}`
