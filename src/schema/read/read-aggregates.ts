import type { Session } from '../../postgres/session.ts'
import type { ObjectId } from '../object-id.ts'
import { functionName, operatorName, qualifiedName } from './name-sql.ts'
import { quoteArguments } from './quote-arguments.ts'
import { IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/** Reads aggregates of all kinds. */
export async function readAggregates(session: Session, { dependencies }: ReadContext): Promise<ReadObjects> {
  const rows = await session.query<AggregateRow>(AGGREGATES_SQL)
  const own = rows.filter(({ id }) => dependencies.extensionOf(id) === undefined)
  return {
    objects: own.map((row) => {
      const { id, schema, name, owner, signature, hasInternalState } = row
      const identity = quoteArguments(`AGGREGATE ${name}(${signature})`)
      return {
        id,
        kind: 'aggregate',
        identity,
        schema,
        section: 'pre-data',
        create: [
          quoteArguments(
            `CREATE AGGREGATE ${name}(${row.arguments}) (\n    ${optionsOf(row).join(',\n    ')}\n)`,
          ),
        ],
        owner,
        ...(hasInternalState
          ? { superuserReason: 'only a superuser can create aggregates with an internal state' }
          : {}),
      }
    }),
  }
}

interface AggregateRow extends Record<string, unknown> {
  readonly id: ObjectId
  readonly schema: string
  readonly name: string
  readonly owner: string
  /** The arguments in the form of CREATE, and in the form of COMMENT ON. */
  readonly arguments: string
  readonly signature: string
  readonly hasInternalState: boolean
  /** Options with a value, by name. */
  readonly options: Record<string, string>
  readonly flags: readonly string[]
}

function optionsOf({ options, flags }: AggregateRow): string[] {
  return [...Object.entries(options).map(([name, value]) => `${name} = ${value}`), ...flags]
}

/** The options of the final function of a normal or a moving aggregate. `modify` is written if it is not the default of the kind. */
function finalOptions(prefix: '' | 'M', final: string, modify: string): string {
  return `'${prefix}FINALFUNC', ${functionName(final)},
    '${prefix}FINALFUNC_MODIFY', CASE WHEN ${final} <> 0 AND ${modify} <> CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END
      THEN CASE ${modify} WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END`
}

const AGGREGATES_SQL = `
SELECT 'pg_proc:' || p.oid AS id, n.nspname AS schema, ${qualifiedName('n.nspname', 'p.proname')} AS name, pg_get_userbyid(p.proowner) AS owner,
  coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*') AS arguments,
  coalesce(nullif(pg_get_function_identity_arguments(p.oid), ''), '*') AS signature,
  'pg_catalog.internal'::regtype IN (a.aggtranstype, a.aggmtranstype) AS "hasInternalState",
  json_strip_nulls(json_build_object(
    'SFUNC', ${functionName('a.aggtransfn')},
    'STYPE', format_type(a.aggtranstype, NULL),
    'SSPACE', nullif(a.aggtransspace, 0)::text,
    ${finalOptions('', 'a.aggfinalfn', 'a.aggfinalmodify')},
    'COMBINEFUNC', ${functionName('a.aggcombinefn')},
    'SERIALFUNC', ${functionName('a.aggserialfn')},
    'DESERIALFUNC', ${functionName('a.aggdeserialfn')},
    'INITCOND', quote_literal(a.agginitval),
    'MSFUNC', ${functionName('a.aggmtransfn')},
    'MINVFUNC', ${functionName('a.aggminvtransfn')},
    'MSTYPE', CASE WHEN a.aggmtranstype <> 0 THEN format_type(a.aggmtranstype, NULL) END,
    'MSSPACE', nullif(a.aggmtransspace, 0)::text,
    ${finalOptions('M', 'a.aggmfinalfn', 'a.aggmfinalmodify')},
    'MINITCOND', quote_literal(a.aggminitval),
    'SORTOP', ${operatorName('a.aggsortop')},
    'PARALLEL', CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END)) AS options,
  array_remove(ARRAY[CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END, CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
    CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END], NULL) AS flags
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_aggregate a ON a.aggfnoid = p.oid
WHERE p.oid >= 16384 AND ${IS_USER_SCHEMA}`
