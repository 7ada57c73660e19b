import { pipeline } from 'node:stream/promises'
import { FailedError } from '../core/errors.ts'
import type { Report } from '../core/progress.ts'
import { displayName, type TableName } from '../core/table-name.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import { copyInSql, copyOutSql, type WireEncodings } from './copy-sql.ts'
import type { Part } from './plan-parts.ts'

/** What landing needs: where the parts come from, where they go, and who watches. */
export interface Landing {
  readonly openReader: () => Promise<Session>
  readonly target: Database
  readonly parts: readonly Part[]
  readonly landingTableOf: (part: Part) => TableName
  readonly encodings: WireEncodings
  readonly jobs: number
  readonly report: Report
  readonly signal: AbortSignal
}

/** What landed in one table. */
export interface Landed {
  readonly rows: number
  readonly bytes: number
  readonly durationMs: number
}

/**
 * Copies every part into its landing table over `jobs` pairs of connections. Bytes are passed through with
 * backpressure, never parsed, so memory stays constant whatever the size of tables and values.
 * @returns what landed, by the object id of the target's table
 */
export async function land(landing: Landing): Promise<Map<number, Landed>> {
  const queue = [...landing.parts]
  const landed = new Map<number, Landed>()
  const failure = new AbortController()
  const signal = AbortSignal.any([landing.signal, failure.signal])

  const work = async () => {
    const reader = await landing.openReader()
    const writer = await landing.target.session()
    for (let part = queue.shift(); part !== undefined && !signal.aborted; part = queue.shift()) {
      add(landed, part.pair.target.oid, await copyPart(landing, part, reader, writer, signal))
    }
    await Promise.all([reader.end(), writer.end()])
  }
  const workers = Array.from({ length: Math.min(landing.jobs, queue.length) }, () =>
    work().catch((error: unknown) => {
      failure.abort(error)
      throw error
    }),
  )
  // All must have stopped before the first failure is told: their statements hold locks on landing tables.
  const outcomes = await Promise.allSettled(workers)
  landing.signal.throwIfAborted()
  if (failure.signal.aborted) throw failure.signal.reason
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  return landed
}

async function copyPart(
  { landingTableOf, encodings, report }: Landing,
  part: Part,
  reader: Session,
  writer: Session,
  signal: AbortSignal,
): Promise<Landed> {
  const table = part.pair.source.name
  const { number, of: parts, estimatedBytes } = part
  const startedAt = performance.now()
  report({ type: 'part-started', table, part: number, parts, estimatedBytes })

  const { rows, bytes } = await reader.busy(() =>
    writer.busy(async () => {
      const out = reader.copyOut(copyOutSql(part, encodings.source))
      const into = writer.copyIn(copyInSql(part, landingTableOf(part), encodings.target))
      let count = 0
      // Another listener sees the chunks that the pipeline passes on, without a stage of its own to pay for.
      out.on('data', (chunk: Buffer) => {
        count += chunk.length
        report({ type: 'bytes', table, part: number, bytes: chunk.length })
      })
      // The side that fails first is the cause; the pipeline then destroys the other one with the same error.
      let failed: Session | undefined
      out.once('error', () => {
        failed ??= reader
      })
      into.once('error', () => {
        failed ??= writer
      })
      await pipeline(out, into, { signal }).catch((error: unknown) => {
        throw (failed ?? writer).explain(error)
      })
      if (out.rowCount !== into.rowCount) throw lostRows(table, out.rowCount, into.rowCount)
      return { rows: into.rowCount, bytes: count }
    }),
  )
  report({ type: 'part-finished', table, part: number, parts, rows, bytes, estimatedBytes })
  return { rows, bytes, durationMs: performance.now() - startedAt }
}

function lostRows(table: TableName, sent: number, received: number): FailedError {
  return new FailedError(
    `${displayName(table)}: the source sent ${sent} rows and the target took ${received}`,
    {
      hint: 'Nothing has changed in the target. Run again; if it happens again, please report it as a bug.',
    },
  )
}

function add(landed: Map<number, Landed>, oid: number, part: Landed): void {
  const before = landed.get(oid) ?? { rows: 0, bytes: 0, durationMs: 0 }
  landed.set(oid, {
    rows: before.rows + part.rows,
    bytes: before.bytes + part.bytes,
    durationMs: before.durationMs + part.durationMs,
  })
}
