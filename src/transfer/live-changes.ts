import { groupBy } from '../core/group-by.ts'
import { nameKey } from '../core/table-name.ts'
import { identifier, relation } from '../postgres/identifiers.ts'
import { fromPart } from './copy-sql.ts'
import { countChanged } from './count-changed.ts'
import { type KeyArrays, readKeys } from './gone-keys.ts'
import { overSessions } from './in-parallel.ts'
import type { LiveCatalog } from './inspect-source.ts'
import { countInRanges, countOf, stretchesOf } from './key-ranges.ts'
import type { PlanGuard } from './plan-guard.ts'
import type { LivePart } from './plan-parts.ts'
import type { ChangeSource, KeyRequest, RangedTable } from './row-source.ts'
import type { SessionPool } from './session-pool.ts'
import { BucketSums, SUM_SETTINGS } from './verify/bucket-sums.ts'
import { inBucketsSql, keySumsSql, keyText } from './verify/row-hashes.ts'
import { type CurrentMark, changedSince } from './watermark.ts'

const RANGES_OF_A_STRETCH = 1024

/** What a live database can tell of changes since a watermark. `sessions` share its snapshot. */
export function liveChanges(
  sessions: SessionPool,
  { tables }: LiveCatalog,
  guard: PlanGuard,
  mark: CurrentMark,
): ChangeSource<LivePart> {
  const conditional = new Set(
    tables.filter(({ where }) => where !== undefined).map(({ name }) => nameKey(name)),
  )
  const fingerprints = new Map(tables.map(({ name, fingerprint }) => [nameKey(name), fingerprint]))
  return {
    mark,
    fingerprintOf: (table) => fingerprints.get(nameKey(table)) ?? '',
    whyOnlyCopied: (table) => guard.whyOnlyCopied(table)?.reason,
    countChanged: (requests) => countChanged(sessions, guard, requests),
    hasCondition: (table) => conditional.has(nameKey(table)),
    countInRanges: (table, signal) => countRowsInRanges(sessions, guard, table, signal),
    sumUnchanged: (requests, isTotal) => sumUnchanged(sessions, guard, requests, isTotal),
    keysInRanges: (table) => readKeysInRanges(sessions, guard, table),
    rowsInBuckets: unchangedIn,
    keysInBuckets: (request, buckets) =>
      unchangedIn(request, buckets).map((part) => ({ ...part, columns: request.hashing.keyColumns ?? [] })),
  }
}

function unchangedIn(
  { parts, since, hashing }: KeyRequest<LivePart>,
  buckets: readonly number[],
): LivePart[] {
  return parts.map((part) => {
    const isInBuckets = inBucketsSql(identifier(part.table.name), hashing, buckets)
    return { ...part, filter: `${unchangedSince(part, since)} AND ${isInBuckets}` }
  })
}

/** Counted stretch by stretch, so that an abort is soon heeded. */
async function countRowsInRanges(
  sessions: SessionPool,
  guard: PlanGuard,
  { parts, ranges }: RangedTable<LivePart>,
  signal?: AbortSignal,
): Promise<number[]> {
  const counts = new Array<number>(countOf(ranges)).fill(0)
  const count = Math.max(2 * sessions.all.length, Math.ceil(countOf(ranges) / RANGES_OF_A_STRETCH))
  const items = membersOf(parts).flatMap((member) =>
    stretchesOf(ranges, count).map((stretch) => ({ member, stretch })),
  )
  await overSessions(sessions, items, async (session, { member, stretch }) => {
    if (signal?.aborted === true) return
    const rows = `ONLY ${relation(member.name)}`
    const counted = await sessions.reading(session, [member.name], async (reader) => {
      await guard.prepareFor(reader, [member])
      return countInRanges(
        reader,
        stretch.ranges,
        (condition) => `(SELECT count(*) FROM ${rows} AS t WHERE ${condition('t')})`,
      )
    })
    for (const [at, count] of counted.entries())
      counts[stretch.from + at] = (counts[stretch.from + at] ?? 0) + count
  })
  return counts
}

async function readKeysInRanges(
  sessions: SessionPool,
  guard: PlanGuard,
  { parts, ranges }: RangedTable<LivePart>,
): Promise<KeyArrays[]> {
  const keys: KeyArrays[] = []
  await overSessions(sessions, membersOf(parts), async (session, member) => {
    const arrays = await sessions.reading(session, [member.name], async (reader) => {
      await guard.prepareFor(reader, [member])
      return readKeys(reader, `ONLY ${relation(member.name)}`, ranges)
    })
    if (arrays !== undefined) keys.push(arrays)
  })
  return keys
}

function membersOf(parts: readonly LivePart[]): LivePart['member'][] {
  return [...groupBy(parts, ({ member }) => member.oid).values()].flatMap(([first]) => first?.member ?? [])
}

async function sumUnchanged(
  sessions: SessionPool,
  guard: PlanGuard,
  requests: readonly KeyRequest<LivePart>[],
  isTotal: boolean,
): Promise<BucketSums[]> {
  const sums = requests.map(() => new BucketSums())
  const items = requests.flatMap(({ parts, since, hashing }, index) =>
    // Every part gives all its buckets, so that fewer parts give less to add up.
    (isTotal ? parts : joinParts(parts, sessions.all.length)).map((part) => ({
      part,
      since,
      hashing,
      index,
    })),
  )
  if (items.length === 0) return sums
  await sessions.executeOnAll(SUM_SETTINGS)
  await overSessions(sessions, items, async (session, { part, since, hashing, index }) => {
    const key = keyText(identifier(part.table.name), hashing.keyColumns ?? [], hashing.casts)
    const keys = `SELECT ${key} AS key ${fromPart({ ...part, filter: unchangedSince(part, since) })}`
    await sessions.reading(session, [part.member.name], async (reader) => {
      await guard.prepare(reader, part)
      await sums[index]?.add(reader, keySumsSql(keys, hashing, isTotal))
    })
  })
  return sums
}

/** The same pages in about `count` parts: those of one member that follow each other are joined. */
function joinParts(parts: readonly LivePart[], count: number): LivePart[] {
  const size = Math.ceil(parts.length / Math.max(count, 1))
  return [...groupBy(parts, ({ member }) => member.oid).values()].flatMap((own) => {
    const inOrder = [...own].sort((a, b) => a.number - b.number)
    const joined: LivePart[] = []
    for (let at = 0; at < inOrder.length; at += size) {
      const [first, last] = [inOrder[at], inOrder[Math.min(at + size, inOrder.length) - 1]]
      if (first === undefined || last === undefined) continue
      const pages = first.pages === undefined ? undefined : { first: first.pages.first, end: last.pages?.end }
      joined.push({ ...first, pages })
    }
    return joined
  })
}

function unchangedSince({ table }: LivePart, since: KeyRequest<LivePart>['since']): string {
  return `NOT ${changedSince(identifier(table.name), since)}`
}
