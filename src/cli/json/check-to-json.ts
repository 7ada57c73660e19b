import type { CheckReport } from '../../jobs/check/check.ts'
import type { Check } from '../../jobs/check/checklist.ts'
import { planToJson } from './plan-to-json.ts'

/** The report of `check` as `--json` prints it; documented in docs/JSON.md. */
export function checkToJson({ profile, checks, plan }: CheckReport): object {
  const planned = plan === undefined ? {} : planToJson(plan)
  return { profile, ...planned, checks, isReady: countFailures(checks) === 0 }
}

/** How many checks would end or refuse a run. */
export function countFailures(checks: readonly Check[]): number {
  return checks.filter(({ status }) => status === 'failure').length
}
