import { nameKey } from '../core/table-name.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import { hasState } from '../state/migrate.ts'
import { readMergeXids } from '../state/undo-sets.ts'
import { readWatermarks, type StoredWatermark } from '../state/watermarks.ts'
import { copiedColumns } from '../transfer/columns.ts'
import { columnFacts, digestOf } from '../transfer/fingerprint.ts'
import type { TablePair } from '../transfer/inspection.ts'
import { usableKey } from '../transfer/merge/merge-table.ts'
import { readMarks } from '../transfer/read-marks.ts'
import type { Part, RowSource } from '../transfer/row-source.ts'
import { type Watermark, whyVoid } from '../transfer/watermark.ts'

/** How the rows of a table are read. */
export type TableRead =
  | { readonly kind: 'full'; readonly reason: string }
  | { readonly kind: 'incremental'; readonly since: StoredWatermark }

/** Chooses for each pair how it is read, by {@link nameKey} of the table. Changes nothing. */
export async function chooseReads<P extends Part>(
  source: RowSource<P>,
  target: Database,
  session: Session,
  pairs: readonly TablePair[],
  { isFull, jobs }: { readonly isFull: boolean; readonly jobs: number },
): Promise<Map<string, TableRead>> {
  const { changes } = source
  const full = (reason: string): TableRead => ({ kind: 'full', reason })
  const all = (reason: string) => new Map(pairs.map((pair) => [nameKey(pair.source.name), full(reason)]))
  if (pairs.length === 0) return new Map()
  if (changes === undefined) return all('a dump is read as a whole')
  if (isFull) return all('asked for')
  const watermarks = (await hasState(session))
    ? await readWatermarks(session)
    : new Map<string, StoredWatermark>()
  const reads = new Map<string, TableRead>()
  const usable: Usable[] = []
  for (const pair of pairs) {
    const key = nameKey(pair.source.name)
    const since = watermarks.get(key)
    const reason = whyNoKey(pair) ?? whyVoid(since, watermarkOf(source, pair))
    if (reason !== undefined || since === undefined) reads.set(key, full(reason ?? 'no watermark'))
    else usable.push({ pair, since })
  }
  const areAsLeft = await areTablesAsLeft(target, session, jobs, usable)
  for (const [index, { pair, since }] of usable.entries()) {
    const read: TableRead = { kind: 'incremental', since }
    reads.set(
      nameKey(pair.source.name),
      areAsLeft[index] === true ? read : full('the target was changed by somebody else'),
    )
  }
  return reads
}

/** What a run would remember of a pair; undefined where the next one could not use it. */
export function watermarkOf<P extends Part>(
  { changes }: RowSource<P>,
  pair: TablePair,
): Watermark | undefined {
  if (changes === undefined || changes.mark.systemIdentifier === null) return undefined
  return {
    ...changes.mark,
    fingerprint: changes.fingerprintOf(pair.source.name),
    targetFingerprint: fingerprintTarget(pair),
  }
}

/** Both sides must know rows by the same columns: what the source's key cannot tell apart, a bucket cannot either. */
function whyNoKey(pair: TablePair): string | undefined {
  const key = usableKey(pair.target, copiedColumns(pair))
  if (key === undefined) return 'no key'
  const names = key.columns.map(({ name }) => name)
  const there = pair.source.keyColumns ?? []
  return names.length === there.length && names.every((name) => there.includes(name))
    ? undefined
    : 'another key in the source'
}

function fingerprintTarget({ target: { oid, columns, key } }: TablePair): string {
  return digestOf({ oid, columns: columnFacts(columns), key: key?.columns })
}

/** A pair whose watermark counts, if its target holds what the run left in it. */
interface Usable {
  readonly pair: TablePair
  readonly since: StoredWatermark
}

async function areTablesAsLeft(
  target: Database,
  session: Session,
  jobs: number,
  usable: readonly Usable[],
): Promise<boolean[]> {
  if (usable.length === 0) return []
  const marked = await readMarks(
    target,
    jobs,
    session.serverVersion,
    usable.map(({ pair, since }) => ({ table: pair.target, snapshots: [since.mergeSnapshot] })),
    await readMergeXids(session),
  )
  return usable.map(({ since }, index) => {
    const now = marked[index]?.[0]
    return now?.rows === since.rowsAfter && now.fingerprint === since.rowsFingerprint
  })
}
