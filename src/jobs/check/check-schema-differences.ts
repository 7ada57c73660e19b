import { profileArguments } from '../../config/command-arguments.ts'
import type { Profile } from '../../config/config.ts'
import type { Database } from '../../postgres/database.ts'
import { DatabaseError, LOCK_NOT_AVAILABLE } from '../../postgres/explain-error.ts'
import { describeMore, moreDifferences } from '../../schema/diff/describe-more.ts'
import { compareDatabases } from '../schema/diff-schemas.ts'
import type { Check } from './checklist.ts'

/** Counts how the schemas differ beyond what decides which rows the target takes, which the plan names. */
export async function checkSchemaDifferences(
  databases: { readonly source: Database; readonly target: Database },
  profile: Profile,
): Promise<Check[]> {
  const subject = profile.to.name
  const diff = await compareDatabases(databases, profile).catch(lockedOut)
  if (diff === undefined) return [{ status: 'warning', subject, ...LOCKED }]
  const more = moreDifferences(diff)
  if (more.count === 0)
    return [{ status: 'ok', subject, message: 'The rest of the schema equals that of the source' }]
  const message = describeMore(profileArguments(profile.name), more).replace(/\.$/, '')
  return [{ status: 'ok', subject, message }]
}

/** A migration that is under way, perhaps of a table that is not part of the run, is no reason why one would fail. */
function lockedOut(error: unknown): undefined {
  if (!(error instanceof DatabaseError) || error.sqlState !== LOCK_NOT_AVAILABLE) throw error
}

const LOCKED = {
  message: 'The rest of the schema was not compared: another session keeps a table locked',
  hint: 'Check again when the migration or job that holds the lock is done.',
}
