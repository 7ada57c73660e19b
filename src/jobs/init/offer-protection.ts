import type { Profile, RunRules } from '../../config/config.ts'
import { MbsyncError } from '../../core/errors.ts'
import { protect, protectionSql, readProtectionRights } from '../../postgres/catalog/protection.ts'
import { readServerFacts } from '../../postgres/catalog/read-server.ts'
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
    const powers = await readProtectionRights(session)
    return { ...facts, ...powers }
  })
  if (found.isProtected) return undefined
  const host = found.isSuperuser ? undefined : found.platform?.name
  if (host !== undefined) return { database: name, statement: undefined, host, isSet: false }
  const statement = protectionSql(found.database)
  const message = `"${name}" can be protected in the database itself, so that no mbsync ever writes to it: ${statement}`
  const isWanted =
    found.maySet && !found.isInRecovery && (await confirm({ message, details: [], hint: '' })) === 'yes'
  const isSet = isWanted && (await tryToProtect({ to: database, timeouts }, found.database, context))
  return { database: name, statement, host, isSet }
}

async function tryToProtect(
  rules: Pick<RunRules, 'to' | 'timeouts'>,
  database: string,
  context: JobContext,
): Promise<boolean> {
  try {
    await withTarget(rules, context, async (writable) => protect(await writable.session(), database))
    return true
  } catch (error) {
    if (!(error instanceof MbsyncError)) throw error
    context.report({
      type: 'warning',
      message: error.message,
      hint: `As a superuser: ${protectionSql(database)}`,
    })
    return false
  }
}
