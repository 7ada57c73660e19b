import { FailedError } from '../../core/errors.ts'
import { displayName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'
import type { Step } from './apply-sql.ts'
import type { OwnerRights } from './owner-rights.ts'

const ORDER: readonly Step['kind'][] = ['delete', 'update', 'insert']

/**
 * Runs the steps one by one: all deletes, all updates, all inserts, so that values of unique indexes are free before they
 * are taken again. For the replica role, in which foreign keys do not act between the statements.
 */
export async function applyStepByStep(
  rights: OwnerRights,
  steps: readonly Step[],
  done: (step: Step, durationMs: number) => void,
): Promise<void> {
  for (const step of inOrder(steps)) {
    const startedAt = performance.now()
    expectRows(step, await rights.execute(step.table, step.sql))
    done(step, performance.now() - startedAt)
  }
}

/**
 * Runs all steps as one statement of data-modifying CTEs: foreign keys act when the whole statement has ended, so they see
 * only the final rows, cycles and all. Each kind waits for the counts of the kinds before it, which forces the order; they are
 * gathered once per kind, so that the plan grows with the number of steps and not with its square.
 */
export async function applyAsOneStatement(session: Session, steps: readonly Step[]): Promise<void> {
  if (steps.length === 0) return
  const ctes: string[] = []
  const gathered: string[] = []
  for (const kind of ORDER) {
    const own = steps.filter((step) => step.kind === kind)
    const waiting = gathered.map((name) => `\nAND (SELECT n FROM ${name}) IS NOT NULL`).join('')
    const names = own.map((_, index) => `${kind}_${index}`)
    ctes.push(...own.map((step, index) => `${names[index]} AS (${step.sql}${waiting} RETURNING 1)`))
    const counts = names.map((name) => `(SELECT pg_catalog.count(*) FROM ${name})::pg_catalog.float8`)
    ctes.push(`all_${kind} AS MATERIALIZED (SELECT ARRAY[${counts.join(', ')}]::pg_catalog.float8[] AS n)`)
    gathered.push(`all_${kind}`)
  }
  const all = gathered.map((name) => `(SELECT n FROM ${name})`).join(' OPERATOR(pg_catalog.||) ')
  const { n } = await session.queryOne<{ n: number[] }>(`WITH ${ctes.join(',\n')}\nSELECT ${all} AS n`)
  for (const [index, step] of inOrder(steps).entries()) expectRows(step, n[index] ?? 0)
}

function inOrder(steps: readonly Step[]): Step[] {
  return ORDER.flatMap((kind) => steps.filter((step) => step.kind === kind))
}

function expectRows({ table, kind, rows }: Step, actual: number): void {
  if (actual === rows) return
  throw new FailedError(
    `${displayName(table.target.name)}: ${kind} touched ${actual} rows instead of ${rows}`,
    {
      hint: 'A trigger, rule or policy on the table interferes, or its key is not unique. Nothing has changed in the target; run `mbsync check`.',
    },
  )
}
