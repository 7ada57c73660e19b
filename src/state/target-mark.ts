import { readSystemIdentifier } from '../postgres/catalog/read-server.ts'
import type { Session } from '../postgres/session.ts'

/** Where in the history of which database the target is. */
export interface TargetNow {
  /** System identifier and database OID; a role that may not read the first has the second alone. */
  readonly identity: string
  /** The next transaction id, 64 bits wide, as text. */
  readonly nextXid: string
}

/** Where in that history a run left the target. */
export interface TargetThen {
  /** Null for a run of an earlier version of mbsync. */
  readonly identity: string | null
  /** Whether the row that says so was written by the transaction that it names: one that came out of a dump was not. */
  readonly isOriginal: boolean
  /** The `txid_snapshot` that later writes are told by, as text. */
  readonly snapshot: string
}

/** Rows further behind would count as ahead, on the circle of 32-bit transaction ids; less what may pass while a run works. */
const FAR = 2n ** 31n - 2n ** 24n

/** Why nothing that is known of the target counts; undefined if it does. */
export function whyMarkVoid(then: TargetThen, now: TargetNow): string | undefined {
  const isElsewhere = then.identity !== null && then.identity !== now.identity
  if (isElsewhere || !then.isOriginal) return 'the target was restored or copied since the last run'
  const distance = BigInt(now.nextXid) - BigInt(then.snapshot.split(':', 1)[0] ?? '')
  if (distance < 0n) return 'the mark of the last run is ahead of the transaction ids of the target'
  return distance < FAR ? undefined : '2^31 transactions in the target since'
}

const identities = new WeakMap<Session, Promise<string>>()

/** What tells the database from others, and from what it is restored to; a physical copy has that of its origin. */
export function readTargetIdentity(session: Session): Promise<string> {
  const known = identities.get(session) ?? readIdentity(session)
  identities.set(session, known)
  return known
}

async function readIdentity(session: Session): Promise<string> {
  const [{ oid }, system = 'unknown'] = await Promise.all([
    session.queryOne<{ oid: string }>(
      'SELECT oid::text AS oid FROM pg_database WHERE datname = current_database()',
    ),
    readSystemIdentifier(session),
  ])
  return `${system}/${oid}`
}

/** Reads where the target is now. */
export async function readTargetNow(session: Session): Promise<TargetNow> {
  const [identity, { nextXid }] = await Promise.all([
    readTargetIdentity(session),
    session.queryOne<{ nextXid: string }>(
      'SELECT txid_snapshot_xmax(txid_current_snapshot())::text AS "nextXid"',
    ),
  ])
  return { identity, nextXid }
}

/** The SQL condition under which the transaction `xid`, a 64-bit number, wrote the row `alias`: `xmin` is the low half. */
export function isWrittenBy(alias: string, xid: string): string {
  return `${alias}.xmin::text::bigint = (${xid} & 4294967295)`
}
