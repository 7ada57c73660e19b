import type { Session } from './session.ts'
import type { UserPath } from './user-path.ts'

/**
 * Lets the validator of SQL functions analyze a function under a search path, as CREATE FUNCTION does; it is not called.
 * @returns the error that it found
 */
export async function analyzeFunction(
  session: Session,
  functionOid: number,
  path: UserPath,
): Promise<unknown> {
  return session
    .transaction('BEGIN READ ONLY', async () => {
      await session.execute(`SET LOCAL search_path = ${path.writing}; SET LOCAL check_function_bodies = on`)
      await session.query('SELECT pg_catalog.fmgr_sql_validator($1::pg_catalog.oid)', [functionOid])
    })
    .then(
      () => undefined,
      (error: unknown) => error,
    )
}
