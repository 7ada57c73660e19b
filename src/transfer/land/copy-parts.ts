import { setMaxListeners } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { FailedError } from '../../core/errors.ts'
import { displayName, nameKey, type TableName } from '../../core/table-name.ts'
import { CopyTextCheck } from '../../postgres/copy-text-check.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import type { Report } from '../../progress/progress.ts'
import type { Part } from '../source/part.ts'
import type { PartReader, PartWriter } from '../source/row-source.ts'

/** What copying needs: the parts, where they come from and go to, and who watches. */
export interface Copying<P extends Part> {
  readonly parts: readonly P[]
  readonly openReader: () => Promise<PartReader<P>>
  readonly openWriter: () => Promise<PartWriter<P>>
  readonly jobs: number
  readonly report: Report
  readonly signal: AbortSignal
}

/** What was copied of one table. */
export interface Copied {
  readonly rows: number
  /** COPY text bytes. */
  readonly bytes: number
  /** From the start of its first part to the end of its last one: parts may be copied side by side. */
  readonly durationMs: number
  /** On the clock of `performance.now()`. */
  readonly startedAt?: number
}

/** What stands for a table of which no part was copied. */
export const NOTHING_COPIED: Copied = { rows: 0, bytes: 0, durationMs: 0 }

/**
 * Copies every part over `jobs` pairs of a reader and a writer. Bytes are passed through with backpressure, never
 * parsed, so memory stays constant whatever the size of tables and values. Only what no server sends in COPY text is
 * looked for: the next reader of those bytes may take what follows for commands.
 * @returns what was copied, by {@link nameKey} of the table
 */
export async function copyParts<P extends Part>(copying: Copying<P>): Promise<Map<string, Copied>> {
  announce(copying)
  const queue = [...copying.parts]
  const copied = new Map<string, Copied>()
  const failure = new AbortController()
  const signal = AbortSignal.any([copying.signal, failure.signal])
  // Every pipeline listens, and that is no leak.
  setMaxListeners(0, signal)

  const work = async () => {
    const reader = await copying.openReader()
    const writer = await copying.openWriter()
    for (let part = queue.shift(); part !== undefined && !signal.aborted; part = queue.shift()) {
      add(copied, part.table, await copyPart(part, reader, writer, copying.report, signal))
    }
    await Promise.all([reader.end(), writer.end()])
  }
  const workers = Array.from({ length: Math.min(copying.jobs, queue.length) }, () =>
    work().catch((error: unknown) => {
      failure.abort(error)
      throw error
    }),
  )
  // All must have stopped before the first failure is told: their statements hold locks on landing tables.
  const outcomes = await Promise.allSettled(workers)
  copying.signal.throwIfAborted()
  if (failure.signal.aborted) throw failure.signal.reason
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  return copied
}

function announce({ parts, report }: { readonly parts: readonly Part[]; readonly report: Report }): void {
  const total = (pick: (part: Part) => number) => parts.reduce((sum, part) => sum + pick(part), 0)
  report({
    type: 'copy-planned',
    tables: new Set(parts.map(({ table }) => nameKey(table))).size,
    parts: parts.length,
    estimatedBytes: total((part) => part.estimatedBytes),
    estimatedRows: total((part) => part.estimatedRows),
  })
}

async function copyPart<P extends Part>(
  part: P,
  reader: PartReader<P>,
  writer: PartWriter<P>,
  report: Report,
  signal: AbortSignal,
): Promise<Copied> {
  const { table, number, of: parts, estimatedBytes } = part
  const startedAt = performance.now()
  report({ type: 'part-started', table, part: number, parts, estimatedBytes })

  const { bytes, ...written } = await reader.read(part, (from) =>
    writer.write(part, async (into) => {
      let count = 0
      const check = new CopyTextCheck()
      // Another listener sees the chunks that the pipeline passes on, without a stage of its own to pay for.
      from.stream.on('data', (chunk: Buffer) => {
        count += chunk.length
        report({ type: 'bytes', table, part: number, bytes: chunk.length })
        const found = check.take(chunk)
        if (found !== undefined) from.stream.destroy(reader.malformed(part, found))
      })
      // The side that fails first is the cause; the pipeline then destroys the other one with the same error.
      let failed: PartReader<P> | PartWriter<P> | undefined
      from.stream.once('error', () => {
        failed ??= reader
      })
      for (const stage of into.stages) {
        stage.once('error', () => {
          failed ??= writer
        })
      }
      await pipeline([from.stream, ...into.stages], { signal }).catch((error: unknown) => {
        throw inTable((failed ?? writer).explain(error), table)
      })
      const found = check.end()
      if (found !== undefined) throw reader.malformed(part, found)
      const rowsRead = await from.rowCount()
      const done = into.written(rowsRead)
      if (rowsRead !== done.rows) throw lostRows(table, rowsRead, done.rows)
      return { ...done, bytes: count }
    }),
  )
  report({ type: 'part-finished', table, part: number, parts, bytes, estimatedBytes, ...written })
  return { rows: written.rows, bytes, durationMs: performance.now() - startedAt, startedAt }
}

function inTable(error: unknown, table: TableName): unknown {
  return error instanceof DatabaseError ? error.inTable(displayName(table)) : error
}

function lostRows(table: TableName, sent: number, received: number): FailedError {
  return new FailedError(
    `${displayName(table)}: the source says that it sent ${sent} rows, and ${received} arrived`,
    {
      hint: 'Nothing has changed in the target. Run again; if it happens again, please report it as a bug.',
    },
  )
}

function add(copied: Map<string, Copied>, table: TableName, part: Copied): void {
  const before = copied.get(nameKey(table)) ?? NOTHING_COPIED
  copied.set(nameKey(table), {
    rows: before.rows + part.rows,
    bytes: before.bytes + part.bytes,
    ...spanOf(before, part),
  })
}

function spanOf(a: Copied, b: Copied): Pick<Copied, 'startedAt' | 'durationMs'> {
  const spans = [a, b].flatMap(({ startedAt, durationMs }) =>
    startedAt === undefined ? [] : [{ from: startedAt, to: startedAt + durationMs }],
  )
  const startedAt = Math.min(...spans.map(({ from }) => from))
  return { startedAt, durationMs: Math.max(...spans.map(({ to }) => to)) - startedAt }
}
