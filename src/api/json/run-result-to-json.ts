import type { RollbackResult } from '../../jobs/rollback.ts'
import type { RunResult, TableOutcome } from '../../run/run-result.ts'
import type { RollbackJson, RunJson, TableResult } from '../results.ts'
import { sumOutcomes } from '../sum-outcomes.ts'
import { skippedToJson, tableToJson } from './table-to-json.ts'

/** The result of `sync` and `import` as `--json` prints it and the log tells it; documented in docs/JSON.md. */
export function runResultToJson({
  tables,
  skipped,
  startedAt,
  created,
  followed,
  ...result
}: RunResult): RunJson {
  return {
    ...result,
    created: Object.fromEntries(created),
    followed: Object.fromEntries(followed),
    startedAt: startedAt.toISOString(),
    totals: sumOutcomes(tables),
    tables: tables.map(outcome),
    skipped: skippedToJson(skipped),
  }
}

/** The result of `rollback`, in the same shape. */
export function rollbackResultToJson({ tables, created, followed, ...result }: RollbackResult): RollbackJson {
  return {
    ...result,
    created: Object.fromEntries(created),
    followed: Object.fromEntries(followed),
    totals: sumOutcomes(tables),
    tables: tables.map(outcome),
  }
}

function outcome({ table: name, ...figures }: TableOutcome): TableResult {
  const { table, schema, name: own } = tableToJson(name)
  // Two spreads would make a hidden class of V8 for each of thousands of tables.
  return { table, schema, name: own, ...figures }
}
