import type { Finding } from '../../core/finding.ts'
import type { FindingCode } from '../../core/finding-codes.ts'
import { sum } from '../../core/sum.ts'
import { MOST_HAVE_CHANGED } from '../../incremental/decide-reads.ts'
import type { RunPlan } from '../run-plan.ts'

/** The findings that would disappear in a database with the schema of the source. */
const DRIFT: ReadonlySet<FindingCode> = new Set([
  'column',
  'key',
  'partition',
  'restriction',
  'sequence',
  'table',
  'type',
])

/** Whether only the difference of the schemas refuses a run. Pure. */
export function isRefusedForDrift(findings: readonly Finding[]): boolean {
  const errors = findings.filter(({ severity }) => severity === 'error')
  return errors.length > 0 && errors.every(({ code }) => code !== undefined && DRIFT.has(code))
}

/**
 * Why a run that may choose is a swap; undefined if it is none. Pure. Tables are weighed by their bytes, which are known: the number of rows
 * of a table that was never analyzed is taken for 0.
 */
export function whySwap({ findings, tables }: Pick<RunPlan, 'findings' | 'tables'>): string | undefined {
  if (isRefusedForDrift(findings)) return 'the schemas differ, and the profile allows a swap'
  if (findings.some(({ severity }) => severity === 'error')) return undefined
  const bytes = sum(tables.map(({ estimatedBytes }) => estimatedBytes))
  const changed = tables.filter(({ read }) => read.reason === MOST_HAVE_CHANGED)
  const isMost = sum(changed.map(({ estimatedBytes }) => estimatedBytes)) > bytes / 2
  return isMost ? 'most rows have changed, and the profile allows a swap' : undefined
}

/** The ways out of a difference of the schemas, other than correcting it by hand. */
export function waysOutOfDrift(canFollow: boolean): string {
  const swap =
    '`--strategy swap` builds a new database with the schema and rows of the source, which takes the name of the target and ends its sessions once'
  const follow =
    '`--follow-schema` (`schema: follow`) changes the tables of the target in the transaction of the merge, where nothing is lost'
  return canFollow ? `Or let the run resolve it: ${follow}; ${swap}.` : `Or let the run resolve it: ${swap}.`
}
