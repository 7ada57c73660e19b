import type { Profile } from '../../config/config.ts'
import { profileArguments } from '../../config/one-off.ts'
import type { Database } from '../../postgres/database.ts'
import { describeMore, moreDifferences } from '../../schema/diff/describe-more.ts'
import { compareDatabases } from '../schema/diff-schemas.ts'
import type { Check } from './checklist.ts'

/** Counts how the schemas differ beyond what decides which rows the target takes, which the plan names. */
export async function checkSchemaDifferences(
  databases: { readonly source: Database; readonly target: Database },
  profile: Profile,
): Promise<Check[]> {
  const more = moreDifferences(await compareDatabases(databases, profile))
  const subject = profile.to.name
  if (more.count === 0)
    return [{ status: 'ok', subject, message: 'The rest of the schema equals that of the source' }]
  const message = describeMore(profileArguments(profile.name), more).replace(/\.$/, '')
  return [{ status: 'ok', subject, message }]
}
