import type { Session } from '../../postgres/session.ts'
import type { ObjectId } from '../object-id.ts'
import { isMadeByType } from './is-made-by-type.ts'
import { qualifiedName } from './name-sql.ts'
import type { ReadContext, ReadObjects } from './read-context.ts'

/** Reads casts, which belong to no schema. */
export async function readCasts(session: Session, { dependencies }: ReadContext): Promise<ReadObjects> {
  const rows = await session.query<CastRow>(CASTS_SQL)
  const isForeign = (id: ObjectId | null) => id === null || dependencies.extensionOf(id) !== undefined
  const own = rows.filter(
    ({ id }) => dependencies.extensionOf(id) === undefined && !isMadeByType(dependencies, id),
  )
  return {
    objects: own.map(({ id, source, target, means, context, sourceId, targetId }) => {
      const identity = `CAST (${source} AS ${target})`
      // Needs the owner of one of the types.
      const needsSuperuser = means === 'WITHOUT FUNCTION' || (isForeign(sourceId) && isForeign(targetId))
      return {
        id,
        kind: 'cast',
        identity,
        schema: undefined,
        section: 'pre-data',
        create: [`CREATE ${identity} ${means}${context}`],
        owner: undefined,
        ...(needsSuperuser ? { superuserReason: 'only a superuser can create this cast' } : {}),
      }
    }),
  }
}

interface CastRow extends Record<string, unknown> {
  readonly id: ObjectId
  readonly source: string
  readonly target: string
  readonly means: string
  readonly context: string
  /** Null for a built-in type. */
  readonly sourceId: ObjectId | null
  readonly targetId: ObjectId | null
}

const CASTS_SQL = `
SELECT 'pg_cast:' || c.oid AS id, format_type(c.castsource, NULL) AS source, format_type(c.casttarget, NULL) AS target,
  CASE c.castmethod WHEN 'b' THEN 'WITHOUT FUNCTION' WHEN 'i' THEN 'WITH INOUT' ELSE 'WITH FUNCTION ' || coalesce((SELECT ${qualifiedName('fn.nspname', 'fp.proname')} || substring(c.castfunc::regprocedure::text FROM '\\([^()]*\\)$')
      FROM pg_proc fp JOIN pg_namespace fn ON fn.oid = fp.pronamespace WHERE fp.oid = c.castfunc AND fn.nspname <> 'pg_catalog'), c.castfunc::regprocedure::text) END AS means,
  CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END AS context,
  CASE WHEN c.castsource >= 16384 THEN 'pg_type:' || c.castsource END AS "sourceId",
  CASE WHEN c.casttarget >= 16384 THEN 'pg_type:' || c.casttarget END AS "targetId"
FROM pg_cast c
WHERE c.oid >= 16384`
