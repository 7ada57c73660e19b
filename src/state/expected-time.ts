import type { Session } from '../postgres/session.ts'
import { broughtRowsSql } from './brought-rows-sql.ts'

/** How long the last run of its kind took. */
export interface ExpectedTime {
  readonly ms: number
  readonly runId: number
}

/** How long the last run of a profile took that has succeeded and was written in the same way; undefined if there is none. */
export async function readExpectedTime(
  session: Session,
  profile: string,
  kind: 'load' | 'merge' | 'swap',
): Promise<ExpectedTime | undefined> {
  const [row] = await session.query<{ ms: number; runId: number }>(
    `SELECT r.id::float8 AS "runId", (extract(epoch FROM r.finished_at - r.started_at) * 1000)::float8 AS ms
     FROM mbsync.runs r LEFT JOIN mbsync.swaps s ON s.run_id = r.id
     WHERE ${broughtRowsSql('r')} AND r.profile = $1 AND r.finished_at IS NOT NULL
       AND $2 = CASE WHEN s.run_id IS NOT NULL THEN 'swap' WHEN EXISTS (SELECT FROM mbsync.loads l WHERE l.run_id = r.id) THEN 'load' ELSE 'merge' END
     ORDER BY r.id DESC LIMIT 1`,
    [profile, kind],
  )
  return row
}
