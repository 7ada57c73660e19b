/** Where in the history of which database a snapshot was taken. */
export interface SourceMark {
  /** Null where the role may not read it. */
  readonly systemIdentifier: string | null
  readonly databaseOid: number
  /** Changes when a standby is promoted or a backup is restored: transaction ids then lead another way. */
  readonly timeline: number
  /** The snapshot's xmin, 64 bits wide, as text: every transaction before it had ended. */
  readonly xmin: string
}

/** What a run remembers of a table, so that the next one can read what has changed since. */
export interface Watermark extends SourceMark {
  /** Of the source's table; see `LiveTable.fingerprint`. */
  readonly fingerprint: string
  /** Of the columns and types of the target's table. */
  readonly targetFingerprint: string
  /** See `membersDigest`, of the target's table; null where an earlier version of mbsync did not store it. */
  readonly targetMembers: string | null
}

/** Half the circle of transaction ids, less what a source may be ahead of its own oldest transaction. */
const FAR = 2n ** 31n - 2n ** 24n

/** Why a watermark does not count any more; undefined if it does. */
export function whyVoid(watermark: Watermark | undefined, now: Watermark | undefined): string | undefined {
  if (now === undefined) return 'the source does not tell its system identifier'
  if (watermark === undefined) return 'no watermark'
  if (watermark.systemIdentifier !== now.systemIdentifier || watermark.databaseOid !== now.databaseOid)
    return 'another source'
  const distance = BigInt(now.xmin) - BigInt(watermark.xmin)
  if (watermark.timeline !== now.timeline || distance < 0n) return 'the source was restored or failed over'
  if (distance >= FAR) return '2^31 transactions since'
  if (watermark.fingerprint !== now.fingerprint)
    return 'its columns, types, storage or condition changed in the source'
  if (watermark.targetMembers === null) return 'the last run was made by an earlier version of mbsync'
  if (watermark.targetMembers !== now.targetMembers)
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
