import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectionLimit, readConnectionLimits } from './catalog/read-connection-limits.ts'
import { DatabaseError } from './explain-error.ts'
import type { Session } from './session.ts'
import { fittingValue, type SessionNeed } from './session-need.ts'

/** The sessions that are open of a database where another one could not be opened, and what is known of their number. */
export interface OpenSessions {
  readonly sessions: Iterable<Session>
  readonly need: SessionNeed | undefined
}

/** The session is in use by others, and may get a long statement to do just now. */
const LONGEST_WAIT_MS = 2000

/**
 * Says of a connection for which there was no room how many the work needs, which limit leaves how many to it, and what lowers the need.
 * The limit is asked for over a session that is open and idle; without one, the server has said all that is known.
 */
export async function explainNoRoom(
  error: DatabaseError,
  { sessions, need }: OpenSessions,
): Promise<DatabaseError> {
  const open = [...sessions].filter(({ isOpen }) => isOpen)
  const idle = open.find(({ isRunning }) => !isRunning)
  if (idle === undefined) return error
  const asked = idle.readBriefly(() => readConnectionLimits(idle)).catch(() => [])
  const limits = await Promise.race([asked, sleep(LONGEST_WAIT_MS, [], { ref: false })])
  return withNumbers(error, { limits, open: open.length, need })
}

/** There was no room for a connection. */
export class NoRoomError extends DatabaseError {
  /** What the server, or a pooler before it, has said, without the numbers. */
  readonly answer: string

  constructor(answer: string, numbers: string, options: ConstructorParameters<typeof DatabaseError>[1]) {
    super(`${answer}: ${numbers}`, options)
    this.answer = answer
  }
}

/** What is known of the connections of a database: its limits, and how many of them are this process's own. */
export interface RoomFacts {
  readonly limits: readonly ConnectionLimit[]
  readonly open: number
  readonly need: SessionNeed | undefined
}

/** The same failure, with these numbers. */
export function withNumbers(error: DatabaseError, { limits, open, need }: RoomFacts): NoRoomError {
  // More than the work was said to need is not explained by its setting.
  const known = need !== undefined && need.sessions > open ? need : undefined
  const [tightest] = [...limits].sort((a, b) => a.free - b.free)
  // The session that asked is counted as free.
  const isReached = tightest !== undefined && tightest.free <= 1
  const free = isReached ? open + tightest.free - 1 : open
  const others = isReached && tightest.size > free ? `, as other clients have ${tightest.size - free}` : ''
  const leaves = isReached ? `${tightest.name} leaves ${free}${others}` : `${free} could be opened`
  const needs = known === undefined ? 'more' : `${known.sessions} connections at once`
  const { message, cause, sqlState, isConnectionLost } = error
  return new NoRoomError(message, `the run needs ${needs}, and ${leaves}`, {
    cause,
    sqlState,
    isConnectionLost,
    ...hintFor(error, known, free),
  })
}

function hintFor({ hint }: DatabaseError, need: SessionNeed | undefined, free: number): { hint?: string } {
  if (need?.value === undefined) return hint === undefined ? {} : { hint }
  const fitting = fittingValue(need, free)
  const raise = 'raise max_connections, the limit of the role or database, or the size of the pool.'
  if (fitting >= 1) return { hint: `Lower ${need.setting} to ${fitting}, end other clients, or ${raise}` }
  const least = need.sessions - need.value + 1
  return {
    hint: `Even with 1 for ${need.setting}, ${least} connections are needed: end other clients, or ${raise}`,
  }
}
