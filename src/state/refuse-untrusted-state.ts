import { countOf } from '../core/count-of.ts'
import { RefusedError } from '../core/errors.ts'
import { OWN_SCHEMAS } from '../postgres/catalog/list-relations.ts'
import { handOverSql } from '../postgres/hand-over-state.ts'
import type { Session } from '../postgres/session.ts'
import { suspectStateSql, untrustedObjectsSql } from './untrusted-objects-sql.ts'

/**
 * Refuses schemas of mbsync that a role beyond its trust has made, or could put code into: whatever is read from them or written to them
 * would run that code with mbsync's rights. Call it before anything else is asked of them. Reads catalogs alone and changes nothing.
 * @param tables the tables of schema `mbsync`
 * @throws RefusedError naming the first object that is not as mbsync makes it, and listing all of them
 */
export async function refuseUntrustedState(session: Session, tables: readonly string[]): Promise<void> {
  const asked = [OWN_SCHEMAS, tables]
  const { suspect } = await session.queryOne<{ suspect: boolean }>(suspectStateSql(session), asked)
  if (!suspect) return
  const found = await session.query<{ object: string; problem: string }>(untrustedObjectsSql(session), asked)
  const [first] = found
  if (first === undefined) return
  const { role } = await session.queryOne<{ role: string }>('SELECT current_user::text AS role')
  const more = found.length === 1 ? '' : ` (and ${countOf(found.length - 1, 'more object')})`
  throw new RefusedError(
    `${session.database}: the schemas of mbsync cannot be trusted: ${first.object} ${first.problem}${more}`,
    {
      findings: found.slice(0, MOST_LISTED).map(({ object, problem }) => ({
        severity: 'error',
        subject: object,
        message: problem,
      })),
      hint: `Nothing has been read from these schemas or changed. Find out who made this. If an earlier role of mbsync did: use it again, with options=-c%20role%3D<role> in the URL where it was used so; or, as a superuser, make mbsync's present role the owner: ${handOverSql(role)} Revoke privileges and drop objects that do not belong there. If in doubt, as a superuser: DROP SCHEMA IF EXISTS mbsync, mbsync_landing, mbsync_undo CASCADE; this loses the history of runs, what rollback needs and what is known of search indexes, and the next run reads every table in full.`,
    },
  )
}

/** A list of all tables of a state would hide what is to be done. */
const MOST_LISTED = 10
