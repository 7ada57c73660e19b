import { TableMap, TableSet } from '../../core/table-map.ts'
import type { Report } from '../../progress/progress.ts'
import type { Part } from '../source/part.ts'
import type { PartReader, PartWriter } from '../source/row-source.ts'
import { abortTogether } from './abort-together.ts'
import { addCopied, type Copied, NOTHING_COPIED } from './copied.ts'
import { type CopyEnds, copyPart } from './copy-part.ts'
import { copyTogether, countGroups, takeTogether } from './copy-together.ts'

/** The input of copying: the parts, their readers and writers, and the reporter. */
export interface Copying<P extends Part> {
  readonly parts: readonly P[]
  readonly openReader: () => Promise<PartReader<P>>
  readonly openWriter: () => Promise<PartWriter<P>>
  /** Parts to begin with, each of which takes the place of two of the others. */
  readonly first?: Pick<Copying<P>, 'parts' | 'openWriter'>
  readonly jobs: number
  /** How many small parts both ends can copy together; one unless given. */
  readonly most?: number
  readonly report: Report
  readonly signal: AbortSignal
}

/**
 * Copies every part over `jobs` pairs of a reader and a writer. Bytes are passed through with backpressure and never parsed, so memory is
 * constant whatever the size of tables and values. COPY text is only searched for what no server sends, because its next reader might
 * execute what follows as commands.
 * @returns what was copied
 */
export async function copyParts<P extends Part>(copying: Copying<P>): Promise<TableMap<Copied>> {
  const { parts, openWriter, first = { parts: [], openWriter }, jobs } = copying
  const copied = new TableMap<Copied>()
  const [firstQueue, queue] = [[...first.parts], [...parts]]
  const work = async (signal: AbortSignal) => workOn(queue, copying, signal, copied)
  const begin = async (signal: AbortSignal) => {
    await workOn(firstQueue, { ...copying, ...first }, signal, copied)
    await abortTogether(
      signal,
      Array.from({ length: Math.min(jobs, 2) }, () => work),
    )
  }
  const beginners = Math.min(Math.max(Math.floor(jobs / 2), 1), firstQueue.length)
  const others = Math.min(Math.max(jobs - 2 * beginners, 0), countGroups(queue, copying.most ?? 1))
  // The statements of the writers hold locks on landing tables.
  await abortTogether(copying.signal, [
    ...Array.from({ length: beginners }, () => begin),
    ...Array.from({ length: others }, () => work),
  ])
  // Rows that have not landed would count as deleted.
  if (firstQueue.length + queue.length > 0) throw new Error('Parts were left that were not copied')
  return copied
}

async function workOn<P extends Part>(
  queue: P[],
  { openReader, openWriter, report }: Pick<Copying<P>, 'openReader' | 'openWriter' | 'report'>,
  signal: AbortSignal,
  copied: TableMap<Copied>,
): Promise<void> {
  if (queue.length === 0) return
  const reader = await openReader()
  const writer = await openWriter()
  await copyQueue(queue, { reader, writer, report, signal }, copied)
  await Promise.all([reader.end(), writer.end()])
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

/**
 * Copies what is left in a queue, which others may take from, too, until there is nothing or an abort, and adds it to what was copied. Small parts that
 * follow each other are copied together, if the reader and the writer can.
 */
export async function copyQueue<P extends Part>(
  queue: P[],
  ends: CopyEnds<P>,
  copied: TableMap<Copied>,
): Promise<void> {
  while (queue.length > 0 && !ends.signal.aborted) {
    const parts = takeTogether(queue, ends)
    const [first] = parts
    const own =
      parts.length > 1 || first === undefined
        ? await copyTogether(parts, ends)
        : [await copyPart(first, ends)]
    for (const [index, part] of parts.entries())
      copied.set(part.table, addCopied(copied.get(part.table), own[index] ?? NOTHING_COPIED))
  }
}
