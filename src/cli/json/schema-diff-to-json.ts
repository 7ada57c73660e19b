import { tableToJson } from '../../api/json/table-to-json.ts'
import type { SchemaComparison } from '../../jobs/schema/diff-schemas.ts'
import { allStatements } from '../../schema/diff/difference.ts'
import { isSafe, type Step } from '../../schema/diff/safe-statements.ts'
import { scriptSteps } from '../../schema/diff/write-diff-script.ts'

/** The result of `schema diff` as `--json` prints it; documented in docs/JSON.md. */
export function schemaDiffToJson(comparison: SchemaComparison): object {
  const { source, target, compared, differences, notes } = comparison
  const { before, within, single, after } = scriptSteps(comparison)
  const sqlOf = (steps: readonly Step[]) => steps.map(({ sql }) => sql)
  return {
    source,
    target,
    compared,
    isEqual: differences.length === 0,
    differences: differences.map(({ kind, identity, of, changes }) => ({
      kind,
      object: identity,
      ...(of === undefined ? {} : tableToJson(of)),
      changes: changes.map(({ topic, what, review, statements, part }) => ({
        ...(part === undefined ? {} : { object: part }),
        topic,
        what,
        isSafe: isSafe({ review }),
        ...(review === undefined ? {} : { reason: review }),
        statements: allStatements(statements),
      })),
    })),
    safe: {
      before: sqlOf(before),
      transaction: sqlOf(within),
      transactions: single.map(sqlOf),
      after: sqlOf(after),
    },
    notes,
  }
}
