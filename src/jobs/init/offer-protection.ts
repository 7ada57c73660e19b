import type { Profile, RunRules } from '../../config/config.ts'
import { MbsyncError } from '../../core/errors.ts'
import { readServerFacts } from '../../postgres/catalog/read-server.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Confirm } from '../../progress/confirm.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { withSource, withTarget } from '../../run/databases.ts'

/** How a database stands that every mbsync should refuse to write to. */
export interface Protection {
  /** The name that it has in the configuration. */
  readonly database: string
  /** What protects it; undefined where a host lets no customer do so. */
  readonly statement: string | undefined
  /** That host. */
  readonly host: string | undefined
  readonly isSet: boolean
}

/**
 * Offers to protect a database by its own setting, which holds for every mbsync, whatever its configuration says. It is set only after a
 * yes, over a connection of its own that can write.
 * @returns undefined if the database was protected already
 */
export async function offerProtection(
  { from: database, timeouts }: Pick<Profile, 'from' | 'timeouts'>,
  confirm: Confirm,
  context: JobContext,
): Promise<Protection | undefined> {
  const { name } = database
  const found = await withSource({ from: database, timeouts }, context, async (source) => {
    const session = await source.session()
    const facts = await readServerFacts(session)
    const powers = await session.queryOne<{ maySet: boolean; isSuperuser: boolean }>(MAY_SET_SQL)
    return { ...facts, ...powers }
  })
  if (found.isProtected) return undefined
  const host = found.isSuperuser ? undefined : found.platform?.name
  if (host !== undefined) return { database: name, statement: undefined, host, isSet: false }
  const statement = `ALTER DATABASE ${identifier(found.database)} SET mbsync.protected = 'on'`
  const message = `"${name}" can be protected in the database itself, so that no mbsync ever writes to it: ${statement}`
  const isWanted =
    found.maySet && !found.isInRecovery && (await confirm({ message, details: [], hint: '' })) === 'yes'
  const isSet = isWanted && (await protect({ to: database, timeouts }, statement, context))
  return { database: name, statement, host, isSet }
}

/** The owner may set it if PostgreSQL lets owners set parameters that it does not know; superusers always may. */
const MAY_SET_SQL = `
SELECT r.rolsuper OR pg_catalog.pg_has_role(d.datdba, 'USAGE') AS "maySet", r.rolsuper AS "isSuperuser"
FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
WHERE r.rolname = current_user AND d.datname = current_database()`

async function protect(
  rules: Pick<RunRules, 'to' | 'timeouts'>,
  statement: string,
  context: JobContext,
): Promise<boolean> {
  try {
    await withTarget(rules, context, async (writable) => {
      const session = await writable.session()
      await session.execute(statement)
    })
    return true
  } catch (error) {
    if (!(error instanceof MbsyncError)) throw error
    context.report({ type: 'warning', message: error.message, hint: `As a superuser: ${statement}` })
    return false
  }
}
