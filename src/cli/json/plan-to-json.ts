import { skippedToJson, tableToJson } from '../../api/json/table-to-json.ts'
import type { RunPlan } from '../../run/run-plan.ts'
import { countErrors } from '../count-errors.ts'

/** The plan of `check` and `sync --dry-run` as `--json` prints it; documented in docs/JSON.md. */
export function planToJson({ tables, skipped, ...plan }: RunPlan): object {
  const planned = tables.map(({ table, ...facts }) => ({ ...tableToJson(table), ...facts }))
  const isReady = countErrors(plan.findings) === 0
  return { ...plan, isReady, tables: planned, skipped: skippedToJson(skipped) }
}
