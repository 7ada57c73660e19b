import { nameKey } from '../core/table-name.ts'
import type { Session } from '../postgres/session.ts'
import { hasState } from '../state/migrate.ts'
import { readMergeXids } from '../state/undo-sets.ts'
import { readWatermarks, type StoredWatermark } from '../state/watermarks.ts'
import { copiedColumns } from '../transfer/columns.ts'
import { columnFacts, digestOf } from '../transfer/fingerprint.ts'
import { readMarkedRows } from '../transfer/foreign-writes.ts'
import type { TablePair } from '../transfer/inspection.ts'
import { usableKey } from '../transfer/merge/merge-table.ts'
import { tableSql } from '../transfer/merge/row-sql.ts'
import type { Part, RowSource } from '../transfer/row-source.ts'
import { type Watermark, whyVoid } from '../transfer/watermark.ts'

/** How the rows of a table are read. */
export type TableRead =
  | { readonly kind: 'full'; readonly reason: string }
  | { readonly kind: 'incremental'; readonly since: StoredWatermark }

/** Chooses for each pair how it is read, by {@link nameKey} of the table. Changes nothing. */
export async function chooseReads<P extends Part>(
  source: RowSource<P>,
  target: Session,
  pairs: readonly TablePair[],
  isFull: boolean,
): Promise<Map<string, TableRead>> {
  const { changes } = source
  const full = (reason: string): TableRead => ({ kind: 'full', reason })
  const all = (reason: string) => new Map(pairs.map((pair) => [nameKey(pair.source.name), full(reason)]))
  if (pairs.length === 0) return new Map()
  if (changes === undefined) return all('a dump is read as a whole')
  if (isFull) return all('asked for')
  const watermarks = (await hasState(target))
    ? await readWatermarks(target)
    : new Map<string, StoredWatermark>()
  const mergeXids = watermarks.size === 0 ? [] : await readMergeXids(target)
  const reads = new Map<string, TableRead>()
  for (const pair of pairs) {
    const key = nameKey(pair.source.name)
    const since = watermarks.get(key)
    const reason = whyNoKey(pair) ?? whyVoid(since, watermarkOf(source, pair))
    if (reason !== undefined || since === undefined) reads.set(key, full(reason ?? 'no watermark'))
    else if (await isAsLeft(target, pair, since, mergeXids)) reads.set(key, { kind: 'incremental', since })
    else reads.set(key, full('the target was changed by somebody else'))
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

/** Whether the table holds what the run left in it. */
async function isAsLeft(
  target: Session,
  pair: TablePair,
  { mergeSnapshot, rowsAfter, rowsFingerprint }: StoredWatermark,
  mergeXids: readonly string[],
): Promise<boolean> {
  const now = await readMarkedRows(target, tableSql(pair.target), { snapshot: mergeSnapshot, mergeXids })
  return now.rows === rowsAfter && now.fingerprint === rowsFingerprint
}
