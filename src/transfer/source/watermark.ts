/** Where in the history of which server a snapshot was taken. */
export interface SourceMark {
  /** Null where the role may not read it. */
  readonly systemIdentifier: string | null
  readonly databaseOid: number
  /** Changes when a standby is promoted or a backup is restored. Null where the role may not read it. */
  readonly timeline: number | null
  /** One life of one server, in which nothing that it has shown is undone. Null where an earlier version of mbsync did not store it. */
  readonly incarnation: string | null
  /** The snapshot's xmin, 64 bits wide, as text: every transaction before it had ended. */
  readonly xmin: string
}

/** A mark of the moment, with how far the server has come. */
export interface CurrentMark extends SourceMark {
  /** The id that its next transaction gets, 64 bits wide, as text. */
  readonly nextXid: string
}

/** What decides about a table besides the mark. */
interface TableFacts {
  /** Of the source's table; see `LiveTable.fingerprint`. */
  readonly fingerprint: string
  /** Of the columns and types of the target's table. */
  readonly targetFingerprint: string
  /** See `partitionsDigest`, of the target's table; null where an earlier version of mbsync did not store it. */
  readonly targetPartitions: string | null
  /** A digest of the masks of the source's table and of their key; null for none. */
  readonly masks: string | null
}

/** What a run remembers of a table, so that the next one can read what has changed since. */
export type Watermark = SourceMark & TableFacts

/** A watermark of the moment. */
export type CurrentWatermark = CurrentMark & TableFacts

/** Half the circle of transaction ids, less those that a source may assign while it is read. */
const FAR = 2n ** 31n - 2n ** 26n

/** Why a watermark does not count any more; undefined if it does. */
export function whyVoid(watermark: Watermark | undefined, now: CurrentWatermark): string | undefined {
  const unreadable = whyUnreadable(now)
  if (unreadable !== undefined) return unreadable
  if (watermark === undefined) return 'no earlier run to build on'
  if (watermark.targetPartitions === null || watermark.incarnation === null)
    return 'the last run was made by an earlier version of mbsync'
  return whyNotForward(watermark, now) ?? whyAnotherTable(watermark, now)
}

/** Why a source cannot be followed, as its role may not read where it stands, and what to grant; undefined if it can. */
export function whyUnreadable({
  systemIdentifier,
  timeline,
}: Pick<SourceMark, 'systemIdentifier' | 'timeline'>): string | undefined {
  if (systemIdentifier === null)
    return 'the role of the source may not read its system identifier (GRANT EXECUTE ON FUNCTION pg_control_system())'
  if (timeline === null)
    return 'the role of the source may not read which timeline this standby follows (GRANT pg_read_all_stats)'
  return undefined
}

/**
 * What the source has shown stays true as long as one server runs: a standby goes forward, and so does one that is promoted. A start may
 * be that of older storage, or of one that has lost its last commits, and nothing that a role may read proves the contrary: it may have
 * come to a later position since, by other writes.
 */
function whyNotForward(watermark: SourceMark, now: CurrentMark): string | undefined {
  if (watermark.systemIdentifier !== now.systemIdentifier || watermark.databaseOid !== now.databaseOid)
    return 'another source'
  if (watermark.timeline !== now.timeline || BigInt(now.xmin) < BigInt(watermark.xmin))
    return 'the source was restored or failed over'
  if (watermark.incarnation !== now.incarnation)
    return 'the source was restarted, or another of its servers was read before'
  return BigInt(now.nextXid) - BigInt(watermark.xmin) >= FAR ? '2^31 transactions since' : undefined
}

function whyAnotherTable(watermark: TableFacts, now: TableFacts): string | undefined {
  if (watermark.masks !== now.masks) return 'its masks or MBSYNC_MASK_KEY changed'
  if (watermark.fingerprint !== now.fingerprint)
    return 'its columns, types, storage or condition changed in the source'
  if (watermark.targetPartitions !== now.targetPartitions)
    return 'the table was replaced, or its partitions changed, in the target'
  if (watermark.targetFingerprint !== now.targetFingerprint)
    return 'its columns, types or inheritance children changed in the target'
  return undefined
}

/**
 * The SQL condition under which a row was written at or after a watermark. `xmin` is the low half of a transaction id and wraps around;
 * `age()` is the distance on that circle from the newest one, as a signed 32-bit number. It may find rows that are older, never miss one: a
 * transaction that was running has an id at or after the snapshot's xmin, and a subtransaction's id is larger than its parent's.
 */
export function changedSince(alias: string, { xmin }: Pick<SourceMark, 'xmin'>): string {
  return `(pg_catalog.age(${alias}.xmin) <= (SELECT pg_catalog.age('${BigInt(xmin) & 0xffffffffn}'::xid)))`
}
