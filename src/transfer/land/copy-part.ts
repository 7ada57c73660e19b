import { pipeline } from 'node:stream/promises'
import { FailedError } from '../../core/errors.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { CopyTextCheck } from '../../postgres/copy-text-check.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import type { Report } from '../../progress/progress.ts'
import type { Part } from '../source/part.ts'
import type { PartReader, PartWriter } from '../source/row-source.ts'
import type { Copied } from './copied.ts'

/** What parts go through: a reader, a writer, and the reporter. */
export interface CopyEnds<P extends Part> {
  readonly reader: PartReader<P>
  readonly writer: PartWriter<P>
  readonly report: Report
  readonly signal: AbortSignal
}

/** Copies a part from a reader to a writer. */
export async function copyPart<P extends Part>(
  part: P,
  { reader, writer, report, signal }: CopyEnds<P>,
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
      let failed: PartReader<P> | PartWriter<P> | undefined =
        from.stream.errored === null ? undefined : reader
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

/** The error that not as many rows have arrived as were sent. */
export function lostRows(table: TableName, sent: number, received: number): FailedError {
  return new FailedError(
    `${displayName(table)}: the source says that it sent ${sent} rows, and ${received} arrived`,
    {
      hint: 'Nothing has changed in the target. Run again; if it happens again, please report it as a bug.',
    },
  )
}
