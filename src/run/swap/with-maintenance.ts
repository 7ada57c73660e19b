import { FailedError, RefusedError } from '../../core/errors.ts'
import { type Database, withDatabase } from '../../postgres/database.ts'

/** Databases that most servers have, and that others can be created and renamed from. */
const CANDIDATES = ['postgres', 'template1']

/**
 * Opens another database of the target's server while `use` runs: the one that the configuration names, or one that most servers have.
 * @throws RefusedError if none can be reached
 */
export async function withMaintenance<T>(
  target: Database,
  targetDatabase: string,
  use: (maintenance: Database) => Promise<T>,
): Promise<T> {
  const { options } = target
  const { maintenanceUrl } = options
  const ways =
    maintenanceUrl === undefined
      ? CANDIDATES.filter((name) => name !== targetDatabase).map((database) => ({ ...options, database }))
      : [{ ...options, url: maintenanceUrl }]
  const problems: string[] = []
  for (const way of ways) {
    try {
      await withDatabase(way, async (database) => database.giveBack(await database.session()))
    } catch (error) {
      if (!(error instanceof FailedError || error instanceof RefusedError)) throw error
      problems.push(error.message.replace(`${target.name}: `, ''))
      continue
    }
    return withDatabase(way, use)
  }
  throw new RefusedError(
    `${target.name}: mbsync cannot reach another database of the server, through which it could rename the target: ${problems.join('; ')}`,
    { hint: 'Set `maintenanceUrl` of the target to one that the role may connect to.' },
  )
}
