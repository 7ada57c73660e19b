import type { RunRules } from '../config/config.ts'
import { TableSet } from '../core/table-map.ts'
import type { Session } from '../postgres/session.ts'
import { expectYes } from '../progress/confirm.ts'
import type { JobContext } from '../progress/job-context.ts'
import { checkConditionsOfKeep } from '../transfer/staying/check-keep.ts'
import type { Origin } from './origin.ts'
import { refuseFindings } from './refuse-findings.ts'
import { askAboutFirstRun, readAtStake } from './rows-at-stake.ts'
import type { RunOptions } from './run-plan.ts'
import { selectionOf } from './selection-of.ts'

/** Looks only at catalogs and at the rows of the target: nothing is held in the source while a person is asked. */
export async function confirmFirstRun(
  coordinator: Session,
  { listTables, counting }: Origin,
  rules: RunRules,
  options: RunOptions,
  context: JobContext,
): Promise<void> {
  // Keep conditions are evaluated in the target.
  refuseFindings(await checkConditionsOfKeep(coordinator, rules))
  const names = new TableSet(await listTables())
  const tables = await readAtStake(coordinator, selectionOf(rules, options))
  const written = tables.filter(({ name }) => names.has(name))
  const question = await askAboutFirstRun(coordinator, rules.to.name, written, counting)
  if (question !== undefined) await expectYes(context, question)
}
