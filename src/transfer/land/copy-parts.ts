import { pipeline } from 'node:stream/promises'
import { FailedError } from '../../core/errors.ts'
import { TableMap, TableSet } from '../../core/table-map.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { CopyTextCheck } from '../../postgres/copy-text-check.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import type { Report } from '../../progress/progress.ts'
import type { Part } from '../source/part.ts'
import type { PartReader, PartWriter } from '../source/row-source.ts'
import { abortTogether } from './abort-together.ts'

/** The input of copying: the parts, their readers and writers, and the reporter. */
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
  /** The bytes as they were copied. */
  readonly bytes: number
  /** From the start of its first part to the end of its last one. Parts may be copied in parallel. */
  readonly durationMs: number
  /** On the clock of `performance.now()`. */
  readonly startedAt?: number
}

/** The value for a table of which no part was copied. */
export const NOTHING_COPIED: Copied = { rows: 0, bytes: 0, durationMs: 0 }

/**
 * Copies every part over `jobs` pairs of a reader and a writer. Bytes are passed through with backpressure and never parsed, so memory is
 * constant whatever the size of tables and values. COPY text is only searched for what no server sends, because its next reader might
 * execute what follows as commands.
 * @returns what was copied
 */
export async function copyParts<P extends Part>(copying: Copying<P>): Promise<TableMap<Copied>> {
  announce(copying)
  const queue = [...copying.parts]
  const copied = new TableMap<Copied>()
  const work = async (signal: AbortSignal) => {
    const reader = await copying.openReader()
    const writer = await copying.openWriter()
    for (let part = queue.shift(); part !== undefined && !signal.aborted; part = queue.shift()) {
      const own = await copyPart(part, reader, writer, copying.report, signal)
      copied.set(part.table, addCopied(copied.get(part.table), own))
    }
    await Promise.all([reader.end(), writer.end()])
  }
  const workers = Math.min(copying.jobs, queue.length)
  // The statements of the writers hold locks on landing tables.
  await abortTogether(
    copying.signal,
    Array.from({ length: workers }, () => work),
  )
  return copied
}

/** Reports what is about to be copied. */
export function announce({
  parts,
  report,
}: {
  readonly parts: readonly Part[]
  readonly report: Report
}): void {
  const total = (pick: (part: Part) => number) => parts.reduce((sum, part) => sum + pick(part), 0)
  report({
    type: 'copy-planned',
    tables: new TableSet(parts.map(({ table }) => table)).size,
    parts: parts.length,
    estimatedBytes: total((part) => part.estimatedBytes),
    estimatedRows: total((part) => part.estimatedRows),
  })
}

/** Copies a part from a reader to a writer. */
export async function copyPart<P extends Part>(
  part: P,
  reader: PartReader<P>,
  writer: PartWriter<P>,
  report: Report,
  signal: AbortSignal,
): Promise<Copied> {
  const { table, number, of: parts, estimatedBytes, isBinary = false } = part
  const startedAt = performance.now()
  report({ type: 'part-started', table, part: number, parts, estimatedBytes })

  const { bytes, ...written } = await reader.read(part, (from) =>
    writer.write(part, async (into) => {
      let count = 0
      // The binary form goes only to a server, which checks it.
      const check = isBinary ? undefined : new CopyTextCheck()
      // An additional listener sees the chunks of the pipeline without the cost of another stage.
      from.stream.on('data', (chunk: Buffer) => {
        count += chunk.length
        report({ type: 'bytes', table, part: number, bytes: chunk.length })
        const found = check?.take(chunk)
        if (found !== undefined) from.stream.destroy(reader.malformed(part, found))
      })
      // The side that fails first is the cause. The pipeline then destroys the other side with the same error.
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
      const found = check?.end()
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

/** Adds one part to what was copied of a table. */
export function addCopied(before: Copied | undefined, part: Copied): Copied {
  if (before === undefined) return part
  return {
    rows: before.rows + part.rows,
    bytes: before.bytes + part.bytes,
    ...spanOf(before, part),
  }
}

/** The sum of both, from the earlier start to the later end. If a start is unknown, one follows the other. */
function spanOf(a: Copied, b: Copied): Pick<Copied, 'startedAt' | 'durationMs'> {
  if (a.startedAt === undefined || b.startedAt === undefined)
    return { durationMs: a.durationMs + b.durationMs }
  const startedAt = Math.min(a.startedAt, b.startedAt)
  const endedAt = Math.max(a.startedAt + a.durationMs, b.startedAt + b.durationMs)
  return { startedAt, durationMs: endedAt - startedAt }
}
