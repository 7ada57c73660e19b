import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { RefusedError } from '../core/errors.ts'
import { awaitRoom } from './await-room.ts'
import { runFirstTransaction } from './first-transaction.ts'
import { newMark, type ServedConnection } from './served-connection.ts'
import { NoAnswerError, within } from './within.ts'

/** What a proof needs to know of its database. */
export interface ProofOptions {
  /** The name that the database has in messages. */
  readonly name: string
  /** Opens another connection by the same URL, and waits up to `limitMs` for the pooler to serve it. */
  readonly open: (limitMs: number) => Promise<ServedConnection>
  /** How long an answer is waited for. */
  readonly limitMs: number
  readonly signal: AbortSignal
}

const ROUNDS = 5
const LONGEST_PAUSE_MS = 20
/** With the first and the second connection five: several processes may listen on the port of one pooler, each with a pool of its own. */
const FURTHER_CONNECTIONS = 3
/** A small pool in session mode may have no further connection free. */
const FURTHER_WAIT_MS = 1500

/**
 * Proves that a pooler is in session mode, by transactions that leave no trace: each of several connections then always has the same backend,
 * which no other client uses between two of its transactions. In transaction mode both would have to hold by chance in each of many steps. Backends are given out in the
 * order of a queue or of a stack, so the connections take turns in one order and then in the other.
 * @throws RefusedError if it is not; the reason of an abort
 */
export async function proveSessionMode(first: ServedConnection, options: ProofOptions): Promise<void> {
  const connections = [first]
  try {
    connections.push(await openSecond(options))
    refuseSharedBackend(options.name, connections)
    connections.push(...(await openFurther(options)))
    options.signal.throwIfAborted()
    refuseSharedBackend(options.name, connections)
    await takeTurns(connections, options)
  } finally {
    // Nothing was set on them, and none is in a transaction.
    for (const { client } of connections.slice(1)) client.connection.stream.destroy()
  }
}

/** What is said of a pooler that gives its backends to other clients between two transactions. */
export function pooledError(name: string): RefusedError {
  return new RefusedError(`${name}: the URL leads through a pooler in transaction mode`, {
    hint: 'Use the direct connection string of the database, or a pooler in session mode. PgBouncer, a host with "-pooler" in its name and port 6543 are often in transaction mode.',
  })
}

async function openSecond({ name, open, limitMs, signal }: ProofOptions): Promise<ServedConnection> {
  try {
    return await awaitRoom({ limitMs, signal }, () => open(limitMs))
  } catch (error) {
    if (!(error instanceof NoAnswerError) && !(error instanceof pg.DatabaseError)) throw error
    throw new RefusedError(
      `${name}: the URL leads through a pooler that has no second connection available`,
      {
        cause: error,
        hint: 'Use the direct connection string of the database, or a pooler in session mode with more connections.',
      },
    )
  }
}

async function openFurther({ open }: ProofOptions): Promise<ServedConnection[]> {
  const opening = Array.from({ length: FURTHER_CONNECTIONS }, () => open(FURTHER_WAIT_MS))
  const outcomes = await Promise.allSettled(opening)
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
}

function refuseSharedBackend(name: string, connections: readonly ServedConnection[]): void {
  if (new Set(connections.map(({ pid }) => pid)).size < connections.length) throw pooledError(name)
}

async function takeTurns(
  connections: readonly ServedConnection[],
  { name, limitMs, signal }: ProofOptions,
): Promise<void> {
  const marks = new Map(connections.map(({ pid, mark }) => [pid, mark]))
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { client, pid } of round % 2 === 0 ? connections.toReversed() : connections) {
      const others = Array.from(marks, ([other, mark]) => ({ pid: other, mark })).filter(
        (other) => other.pid !== pid,
      )
      const mark = newMark()
      const served = await within(limitMs, signal, () => runFirstTransaction(client, mark, others)).catch(
        (error: unknown) => {
          // A backend of our own would have answered.
          throw error instanceof NoAnswerError ? pooledError(name) : error
        },
      )
      if (served.pid !== pid || served.untouched !== others.length) throw pooledError(name)
      marks.set(pid, mark)
    }
    await sleep(Math.random() * LONGEST_PAUSE_MS)
  }
}
