import { groupBy } from '../core/group-by.ts'
import { nameKey } from '../core/table-name.ts'
import { readServerFacts, readSystemIdentifier } from '../postgres/catalog/read-server.ts'
import { identifier, relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { fromPart } from './copy-sql.ts'
import { countChanged } from './count-changed.ts'
import { overSessions } from './in-parallel.ts'
import type { LiveCatalog } from './inspect-source.ts'
import { countInRanges, countOf, stretchesOf } from './key-ranges.ts'
import type { KeyRegion } from './key-region.ts'
import type { LivePart } from './plan-parts.ts'
import type { ChangeRequest, ChangeSource, KeyRequest, RangedTable } from './row-source.ts'
import { BucketSums, SUM_SETTINGS } from './verify/bucket-sums.ts'
import { keySumsSql, keyText } from './verify/row-hashes.ts'
import { changedSince, type SourceMark } from './watermark.ts'

/** Where in the history of which database the session's snapshot stands. */
export async function readSourceMark(session: Session, snapshot: string): Promise<SourceMark> {
  const { databaseOid } = await readServerFacts(session)
  const { timeline } = await session.queryOne<{ timeline: number }>(TIMELINE_SQL)
  return {
    systemIdentifier: (await readSystemIdentifier(session)) ?? null,
    databaseOid,
    timeline,
    xmin: snapshot.split(':')[0] ?? '0',
  }
}

/** The control file tells the timeline of the last checkpoint, which on a primary may be that from before its promotion. */
const TIMELINE_SQL = `
SELECT CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM pg_control_checkpoint())
  ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END AS timeline`

/** What a live database can tell of changes since a watermark. `sessions` share its snapshot. */
export function liveChanges(
  sessions: readonly Session[],
  { tables }: LiveCatalog,
  mark: SourceMark,
): ChangeSource<LivePart> {
  const conditional = new Set(
    tables.filter(({ where }) => where !== undefined).map(({ name }) => nameKey(name)),
  )
  const fingerprints = new Map(tables.map(({ name, fingerprint }) => [nameKey(name), fingerprint]))
  return {
    mark,
    fingerprintOf: (table) => fingerprints.get(nameKey(table)) ?? '',
    countChanged: (requests) => countChanged(sessions, requests),
    hasCondition: (table) => conditional.has(nameKey(table)),
    countInRanges: (ranged) => countRowsInRanges(sessions, ranged),
    sumUnchanged: (requests, isTotal) => sumUnchanged(sessions, requests, isTotal),
    keysIn: ({ parts, since, hashing }, region) => {
      const columns = hashing.keyColumns ?? []
      // The index alone has the keys, as long as nobody asks whether their rows have changed.
      return region.isLookedUp
        ? wholeMembers(parts).map((part) => ({ ...part, region, columns }))
        : unchangedIn({ parts, since }, region).map((part) => ({ ...part, columns }))
    },
    rowsIn: unchangedIn,
  }
}

function unchangedIn({ parts, since }: ChangeRequest<LivePart>, region: KeyRegion): LivePart[] {
  const pieces = region.isLookedUp ? wholeMembers(parts) : parts
  return pieces.map((part) => ({ ...part, filter: unchangedSince(part, since), region }))
}

/** The sessions share the ranges of all tables, in stretches of neighbours. */
async function countRowsInRanges(
  sessions: readonly Session[],
  tables: readonly RangedTable<LivePart>[],
): Promise<number[][]> {
  const counts = tables.map(({ ranges }) => new Array<number>(countOf(ranges)).fill(0))
  const items = tables.flatMap(({ parts, ranges }, index) =>
    wholeMembers(parts).flatMap(({ member }) =>
      stretchesOf(ranges, sessions.length).map((stretch) => ({ member, stretch, index })),
    ),
  )
  await overSessions(sessions, items, async (session, { member, stretch, index }) => {
    const rows = `ONLY ${relation(member.name)}`
    const counted = await countInRanges(
      session,
      stretch.ranges,
      (condition) => `(SELECT count(*) FROM ${rows} AS t WHERE ${condition('t')})`,
    )
    const sums = counts[index] ?? []
    for (const [at, count] of counted.entries())
      sums[stretch.from + at] = (sums[stretch.from + at] ?? 0) + count
  })
  return counts
}

function wholeMembers(parts: readonly LivePart[]): LivePart[] {
  return [...groupBy(parts, ({ member }) => member.oid).values()].flatMap(([first]) =>
    first === undefined ? [] : [{ ...first, pages: undefined }],
  )
}

async function sumUnchanged(
  sessions: readonly Session[],
  requests: readonly KeyRequest<LivePart>[],
  isTotal: boolean,
): Promise<BucketSums[]> {
  const sums = requests.map(() => new BucketSums())
  const items = requests.flatMap(({ parts, since, hashing }, index) =>
    // Every part gives all its buckets, so that fewer parts give less to add up.
    (isTotal ? parts : joinParts(parts, sessions.length)).map((part) => ({ part, since, hashing, index })),
  )
  if (items.length === 0) return sums
  for (const session of sessions) await session.execute(SUM_SETTINGS)
  await overSessions(sessions, items, async (session, { part, since, hashing, index }) => {
    const key = keyText(identifier(part.table.name), hashing.keyColumns ?? [])
    const keys = `SELECT ${key} AS key ${fromPart({ ...part, filter: unchangedSince(part, since) })}`
    await sums[index]?.add(session, keySumsSql(keys, hashing, isTotal))
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
