import type { RunRules } from '../../config/config.ts'
import { FailedError } from '../../core/errors.ts'
import type { Finding } from '../../core/finding.ts'
import { type Database, withDatabaseBeside } from '../../postgres/database.ts'
import type { DatabaseName } from '../../state/swaps.ts'
import type { Warning } from '../run-result.ts'
import { catchUp } from './catch-up.ts'
import { giveSettings } from './give-settings.ts'
import { errorsOf, judgeAgain } from './judge-again.ts'
import { readTargetDatabase, type TargetDatabase } from './read-target-database.ts'
import { switchDatabases } from './switch-databases.ts'
import type { Taking } from './taking.ts'
import { belongingStatements } from './write-database.ts'

/**
 * Copies what users have changed meanwhile, checks once more for anything that would be lost, and switches.
 * @returns what could not be copied or given
 * @throws FailedError if the target is as it was, and the switch can be tried again
 */
export async function takePlace(taking: Taking): Promise<Warning[]> {
  const { coordinator, maintenance, rules, swap, built } = taking
  taking.context.report({ type: 'phase', phase: 'switch' })
  const notGiven: Finding[] = []
  const warnings = await catchUp(taking, async () => {
    await expectNothingLost(taking)
    const old = await readTargetDatabase(coordinator)
    notGiven.push(...(await giveSettingsAgain(maintenance, rules, old, built)))
    await switchDatabases(maintenance, {
      leaving: old,
      leavingAs: swap.replacedName,
      coming: built,
      also: async (looking) => {
        const { owner } = await readTargetDatabase(looking, built.oid)
        return belongingStatements(old.name, await readTargetDatabase(looking, old.oid), owner)
      },
      lockHolder: coordinator,
      switchMs: rules.swap.switchMs,
    })
  })
  const ofSettings = notGiven.map(({ message, hint }) => ({
    message,
    ...(hint === undefined ? {} : { hint }),
  }))
  return [...warnings, ...ofSettings]
}

/** Uses sessions of its own, because the session with the run lock is in the middle of a transaction. */
async function expectNothingLost(taking: Taking): Promise<void> {
  const { target, maintenance, rules, swap, built, after, afterColumns } = taking
  const build = { rules, runId: swap.runId, after, afterColumns }
  const { findings } = await target.withClosingSession((session) =>
    maintenance.withClosingSession((other) =>
      withDatabaseBeside(target, built.name, async (next) =>
        judgeAgain(session, other, await next.session(), build),
      ),
    ),
  )
  const errors = errorsOf(findings)
  if (errors.length === 0) return
  const [{ hint = '' } = { hint: '' }] = errors
  throw new FailedError(
    `The target was changed while the new database was built or waited, and is as it was: ${errors.map(({ subject, message }) => `${subject}: ${message}`).join('; ')}`,
    { hint },
  )
}

/** Copies settings that were set or reset since the new database was created. */
async function giveSettingsAgain(
  maintenance: Database,
  rules: RunRules,
  old: TargetDatabase,
  built: DatabaseName,
): Promise<Finding[]> {
  return maintenance.withClosingSession(async (session) => {
    const { settings } = await readTargetDatabase(session, built.oid)
    return giveSettings(session, rules, built.name, old.settings, settings)
  })
}
