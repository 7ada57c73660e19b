import { nameKey } from '../core/table-name.ts'
import { readServerFacts, readSystemIdentifier } from '../postgres/catalog/read-server.ts'
import { identifier } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { overSessions } from './in-parallel.ts'
import type { LiveCatalog } from './inspect-source.ts'
import type { LivePart } from './plan-parts.ts'
import type { ChangeSource, KeyRequest } from './row-source.ts'
import { BucketSums } from './verify/bucket-sums.ts'
import { isInBuckets, rowText, rowTextsSql } from './verify/row-hashes.ts'
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
  const fingerprints = new Map(tables.map(({ name, fingerprint }) => [nameKey(name), fingerprint]))
  return {
    mark,
    fingerprintOf: (table) => fingerprints.get(nameKey(table)) ?? '',
    onlyChanged: (parts, since) =>
      parts.map((part) => ({ ...part, filter: changedSince(identifier(part.table.name), since) })),
    sumUnchanged: (requests) => sumUnchanged(sessions, requests),
    keysIn: (request, buckets) =>
      unchangedIn(request, buckets).map((part) => ({ ...part, columns: request.hashing.keyColumns ?? [] })),
    rowsIn: unchangedIn,
  }
}

function unchangedIn(
  { parts, since, hashing }: KeyRequest<LivePart>,
  buckets: readonly number[],
): LivePart[] {
  return parts.map((part) => {
    const key = rowText(part.table.name, hashing.keyColumns ?? [])
    return { ...part, filter: `${unchangedSince(part, since)} AND ${isInBuckets(key, hashing, buckets)}` }
  })
}

async function sumUnchanged(
  sessions: readonly Session[],
  requests: readonly KeyRequest<LivePart>[],
): Promise<BucketSums[]> {
  const sums = requests.map(() => new BucketSums())
  const items = requests.flatMap(({ parts, since, hashing }, index) =>
    parts.map((part) => ({ part: { ...part, filter: unchangedSince(part, since) }, hashing, index })),
  )
  await overSessions(sessions, items, async (session, { part, hashing, index }) => {
    await sums[index]?.add(session, rowTextsSql(part, hashing), hashing)
  })
  return sums
}

function unchangedSince({ table }: LivePart, since: KeyRequest<LivePart>['since']): string {
  return `NOT ${changedSince(identifier(table.name), since)}`
}
