import { FailedError } from '../../core/errors.ts'
import { sum } from '../../core/sum.ts'
import { displayName } from '../../core/table-name.ts'
import { TABLES_AT_ONCE } from '../../postgres/in-batches.ts'
import type { Session } from '../../postgres/session.ts'
import { cutLandingTable } from '../land/landing-tables.ts'
import { pageCondition } from '../source/copy-sql.ts'
import { type Step, scannedBy, WHERE_IT_STANDS, writeDownSql } from './apply-sql.ts'
import type { OwnerRights } from './owner-rights.ts'

const ORDER: readonly Step['kind'][] = ['delete', 'update', 'insert']

/** Up to this many rows are written together with those of other tables. */
const FEW_ROWS = 1000
/** After this many rows, progress is reported. */
const ROWS_AT_ONCE = 50_000
/** Before PostgreSQL 14, each piece scans all pages. */
const MOST_PIECES = 40

/** Called for steps, and for pieces of them, when they begin and end. */
export interface Writing {
  readonly at: <T>(pieces: readonly WrittenPiece[], work: () => Promise<T>) => Promise<T>
  readonly written: (step: Step, rows: number, durationMs: number) => void
}

/** A step, or a piece of one. */
export type WrittenPiece = Pick<Step, 'table' | 'rows'>

/** Runs steps one after the other, if no foreign key acts between them. Small ones share a message, and large ones run in pieces. */
export async function applyInOrder(
  session: Session,
  rights: OwnerRights,
  steps: readonly Step[],
  writing: Writing,
): Promise<void> {
  for (const batch of togetherIfSmall(steps, rights)) {
    const startedAt = performance.now()
    const [step] = batch
    if (step === undefined) continue
    if (batch.length > 1) {
      const counts = await writing.at(batch, () => session.executeEach(batch.map(({ sql }) => sql)))
      const durationMs = (performance.now() - startedAt) / batch.length
      for (const [at, each] of batch.entries()) {
        expectRows(each, counts[at] ?? 0)
        writing.written(each, each.rows, durationMs)
      }
    } else if (step.rows > 2 * ROWS_AT_ONCE && rights.roleOf(step.table) === undefined) {
      await applyInPieces(session, step, writing)
    } else {
      expectRows(step, await writing.at([step], () => rights.execute(step.table, step.sql)))
      writing.written(step, step.rows, performance.now() - startedAt)
    }
  }
}

/** Runs a step piece by piece, in the order of the pages that it scans. */
async function applyInPieces(session: Session, step: Step, writing: Writing): Promise<void> {
  const { scanned, alias } = scannedBy(step)
  const pieces = await cutLandingTable(session, scanned, pieceCount(step))
  let touched = 0
  for (const pages of pieces) {
    const startedAt = performance.now()
    const sql = pages === undefined ? step.sql : `${step.sql} AND ${pageCondition(pages, `${alias}.ctid`)}`
    const rows = await writing.at([{ table: step.table, rows: step.rows / pieces.length }], () =>
      session.execute(sql),
    )
    touched += rows
    writing.written(step, rows, performance.now() - startedAt)
  }
  expectRows(step, touched)
}

function pieceCount({ rows }: Step): number {
  return Math.min(MOST_PIECES, Math.ceil(rows / ROWS_AT_ONCE))
}

function togetherIfSmall(steps: readonly Step[], rights: OwnerRights): Step[][] {
  const batches: Step[][] = []
  let isOpen = false
  for (const step of steps) {
    const isSmall = step.rows <= FEW_ROWS && rights.roleOf(step.table) === undefined
    const last = batches.at(-1)
    if (isSmall && isOpen && last !== undefined && last.length < TABLES_AT_ONCE) last.push(step)
    else batches.push([step])
    isOpen = isSmall
  }
  return batches
}

/**
 * Runs all steps as one statement of data-modifying CTEs. Foreign keys act when the whole statement has ended, so they see only the final
 * rows, even in cycles. Each kind waits for the counts of the kinds before it, which enforces the order. The counts are collected once per
 * kind, so that the plan grows with the number of steps, and not with its square.
 */
export async function applyAsOneStatement(
  session: Session,
  steps: readonly Step[],
  writing: Writing,
): Promise<void> {
  const startedAt = performance.now()
  const [first] = steps
  if (first === undefined) return
  if (steps.length === 1) {
    const { sql, into } = first
    const alone =
      into === undefined
        ? sql
        : `WITH put AS (${sql} RETURNING ${WHERE_IT_STANDS}) ${writeDownSql(into, 'put')}`
    expectRows(first, await writing.at(steps, () => session.execute(alone)))
    return writing.written(first, first.rows, performance.now() - startedAt)
  }
  const ctes: string[] = []
  const gathered: string[] = []
  for (const kind of ORDER) {
    const own = steps.filter((step) => step.kind === kind)
    const waiting = gathered.map((name) => `\nAND (SELECT n FROM ${name}) IS NOT NULL`).join('')
    const names = own.map((_, index) => `${kind}_${index}`)
    for (const [index, { sql, into }] of own.entries()) {
      const name = `${kind}_${index}`
      ctes.push(`${name} AS (${sql}${waiting} RETURNING ${into === undefined ? '1' : WHERE_IT_STANDS})`)
      if (into !== undefined) ctes.push(`${name}_stands AS (${writeDownSql(into, name)})`)
    }
    const counts = names.map((name) => `(SELECT pg_catalog.count(*) FROM ${name})::pg_catalog.float8`)
    ctes.push(`all_${kind} AS MATERIALIZED (SELECT ARRAY[${counts.join(', ')}]::pg_catalog.float8[] AS n)`)
    gathered.push(`all_${kind}`)
  }
  const all = gathered.map((name) => `(SELECT n FROM ${name})`).join(' OPERATOR(pg_catalog.||) ')
  const { n } = await writing.at(steps, () =>
    session.queryOne<{ n: number[] }>(`WITH ${ctes.join(',\n')}\nSELECT ${all} AS n`),
  )
  const tookMs = performance.now() - startedAt
  const allRows = sum(steps.map(({ rows }) => rows))
  for (const [index, step] of inOrder(steps).entries()) {
    expectRows(step, n[index] ?? 0)
    // The steps run together, so each gets its share of the time.
    writing.written(step, step.rows, allRows === 0 ? 0 : (tookMs * step.rows) / allRows)
  }
}

/** All deletes, then all updates, then all inserts, so that values of unique indexes are free before they are used again. */
export function inOrder(steps: readonly Step[]): Step[] {
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
