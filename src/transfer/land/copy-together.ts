import { batchesByWeight } from '../../core/batches-by-weight.ts'
import type { CopiedOut } from '../../postgres/copy-out-each.ts'
import { CopyTextCheck } from '../../postgres/copy-text-check.ts'
import type { Report } from '../../progress/progress.ts'
import type { Part } from '../source/part.ts'
import type { PartReader } from '../source/row-source.ts'
import type { Copied } from './copied.ts'
import { type CopyEnds, copyPart, lostRows } from './copy-part.ts'

/** The rows of parts that are copied together are held in memory. Compressed values are larger there than on disk. */
const MOST_BYTES = 256 * 1024

/** Takes the parts off the front of a queue that can be copied together, or the first one. */
export function takeTogether<P extends Part>(
  queue: P[],
  { reader, writer }: Pick<CopyEnds<P>, 'reader' | 'writer'>,
): P[] {
  const most = Math.min(reader.together?.most ?? 1, writer.together?.most ?? 1)
  const [first = []] = groupParts(queue.slice(0, most), most)
  return queue.splice(0, first.length)
}

/** How many sessions have something to do at once if up to `most` small parts are copied together. */
export function countGroups(parts: readonly Part[], most: number): number {
  return groupParts(parts, most).length
}

function groupParts<P extends Part>(parts: readonly P[], most: number): P[][] {
  return batchesByWeight(parts, 1, ({ estimatedBytes }) => Math.max(1 / most, estimatedBytes / MOST_BYTES))
}

/**
 * Copies several parts with one message to each server: of many small tables, messages of their own take longer than the rows. Both servers must count
 * the same rows of each.
 */
export async function copyTogether<P extends Part>(
  parts: readonly P[],
  ends: CopyEnds<P>,
): Promise<Copied[]> {
  const { reader, writer, report } = ends
  const startedAt = performance.now()
  // What the first one waits for is the time of all.
  for (const part of parts.slice(0, 1)) reportStart(part, report)
  const read = await reader.together?.read(parts)
  if (read === undefined) return copyEach(parts, ends)
  const checked = read.flatMap((rows, index) => checkedRows(rows, parts[index], reader))
  const written = (await writer.together?.write(checked)) ?? []
  const durationMs = (performance.now() - startedAt) / parts.length
  return checked.map(({ part, bytes, rows }, index) => {
    if (written[index] !== rows) throw lostRows(part.table, rows, written[index] ?? 0)
    if (index > 0) reportStart(part, report)
    const { table, number, of, estimatedBytes } = part
    report({ type: 'bytes', table, part: number, bytes: bytes.length })
    report({
      type: 'part-finished',
      table,
      part: number,
      parts: of,
      rows,
      bytes: bytes.length,
      estimatedBytes,
    })
    return { rows, bytes: bytes.length, durationMs, startedAt: startedAt + index * durationMs }
  })
}

/** One after the other, without holding their rows. */
async function copyEach<P extends Part>(parts: readonly P[], ends: CopyEnds<P>): Promise<Copied[]> {
  const copied: Copied[] = []
  for (const part of parts) copied.push(await copyPart(part, ends))
  return copied
}

function checkedRows<P extends Part>(
  copied: CopiedOut,
  part: P | undefined,
  reader: PartReader<P>,
): (CopiedOut & { readonly part: P })[] {
  if (part === undefined) return []
  const check = new CopyTextCheck()
  const found = part.isBinary === true ? undefined : (check.take(copied.bytes) ?? check.end())
  if (found !== undefined) throw reader.malformed(part, found)
  return [{ part, ...copied }]
}

function reportStart({ table, number, of, estimatedBytes }: Part, report: Report): void {
  report({ type: 'part-started', table, part: number, parts: of, estimatedBytes })
}
