import { FailedError } from '../../core/errors.ts'
import { displayName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'
import type { Step } from './apply-sql.ts'

const ORDER: readonly Step['kind'][] = ['delete', 'update', 'insert']

/**
 * Runs the steps one by one: all deletes, all updates, all inserts, so that values of unique indexes are free before they
 * are taken again. For the replica role, in which foreign keys do not act between the statements.
 */
export async function applyStepByStep(
  session: Session,
  steps: readonly Step[],
  done: (step: Step) => void,
): Promise<void> {
  for (const step of inOrder(steps)) {
    expectRows(step, await session.execute(step.sql))
    done(step)
  }
}

/**
 * Runs all steps as one statement of data-modifying CTEs: foreign keys act when the whole statement has ended, so they see
 * only the final rows, cycles and all. The counts that each kind waits for force the order.
 */
export async function applyAsOneStatement(session: Session, steps: readonly Step[]): Promise<void> {
  if (steps.length === 0) return
  const ordered = inOrder(steps)
  const names = ordered.map((_, index) => `step_${index}`)
  const ctes = ordered.map((step, index) => {
    const earlier = names.filter((_, other) => rank(ordered[other]) < rank(step))
    return `${names[index]} AS (${step.sql}${waitFor(earlier)} RETURNING 1)`
  })
  const counts = names.map((name) => `(SELECT count(*) FROM ${name})::float8`)
  const { n } = await session.queryOne<{ n: number[] }>(
    `WITH ${ctes.join(',\n')}\nSELECT ARRAY[${counts.join(', ')}] AS n`,
  )
  for (const [index, step] of ordered.entries()) expectRows(step, n[index] ?? 0)
}

function waitFor(earlier: readonly string[]): string {
  if (earlier.length === 0) return ''
  const counts = earlier.map((name) => `(SELECT count(*) FROM ${name})`)
  return `\nAND ${counts.join(' + ')} >= 0`
}

function inOrder(steps: readonly Step[]): Step[] {
  return [...steps].sort((a, b) => rank(a) - rank(b))
}

function rank(step: Step | undefined): number {
  return step === undefined ? -1 : ORDER.indexOf(step.kind)
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
