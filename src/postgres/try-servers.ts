import pg from 'pg'
import { MbsyncError } from '../core/errors.ts'
import type { ConnectionOptions, Server, SessionAttributes } from './connection-options.ts'
import { NoPasswordError } from './find-password.ts'
import { isAboutTls } from './is-about-tls.ts'

/** What of a server decides whether it will do. */
export interface ServerState {
  readonly isStandby: boolean
  /** Whether transactions are read-only by default. */
  readonly isReadOnly: boolean
}

/** A server that is not one of those that `target_session_attrs` asks for. */
export class UnsuitableServerError extends Error {
  constructor({ isStandby }: ServerState, wanted: SessionAttributes) {
    const found = isStandby ? 'a standby' : 'a primary'
    super(`it is ${found}, and target_session_attrs=${wanted} asks for another`)
  }
}

/** None of several servers will do. */
export class NoServerError extends Error {
  readonly failures: readonly { readonly server: Server; readonly error: unknown }[]

  constructor(failures: NoServerError['failures']) {
    super('no server')
    this.failures = failures
  }
}

/**
 * Tries the servers of a URL until `work` succeeds with one, as libpq does: the next one is for a server that cannot be reached, does not accept
 * connections now, or is not of the kind that is asked for; not for one that refuses the role.
 * @throws what `work` throws; NoServerError if several were tried; the reason of an abort
 */
export async function tryServers<T>(
  { servers, isShuffled, sessionAttributes }: ConnectionOptions,
  signal: AbortSignal,
  work: (server: Server, expect: (state: ServerState) => void) => Promise<T>,
): Promise<T> {
  const inOrder = isShuffled ? shuffled(servers) : servers
  const wishes = sessionAttributes === 'prefer-standby' ? (['standby', 'any'] as const) : [sessionAttributes]
  let failures: NoServerError['failures'] = []
  for (const wanted of wishes) {
    failures = []
    for (const server of inOrder) {
      try {
        return await work(server, (state) => expectSuitable(state, wanted))
      } catch (error) {
        signal.throwIfAborted()
        failures = [...failures, { server, error }]
        if (!isWorthAnother(error)) throw failureOf(failures)
      }
    }
  }
  throw failureOf(failures)
}

function failureOf(failures: NoServerError['failures']): unknown {
  return failures.length === 1 ? failures[0]?.error : new NoServerError(failures)
}

function expectSuitable(state: ServerState, wanted: SessionAttributes): void {
  const { isStandby, isReadOnly } = state
  const isSuitable = {
    any: true,
    'prefer-standby': true,
    'read-write': !isStandby && !isReadOnly,
    'read-only': isStandby || isReadOnly,
    primary: !isStandby,
    standby: isStandby,
  }[wanted]
  if (!isSuitable) throw new UnsuitableServerError(state, wanted)
}

/** The server is starting up or shutting down, or is not a primary yet. */
const CANNOT_CONNECT_NOW = '57P03'

function isWorthAnother(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.code === CANNOT_CONNECT_NOW
  return !(error instanceof MbsyncError || error instanceof NoPasswordError) && !isAboutTls(error)
}

function shuffled(servers: readonly Server[]): Server[] {
  const order = [...servers]
  for (let left = order.length; left > 1; left -= 1) {
    const [taken] = order.splice(Math.floor(Math.random() * left), 1)
    if (taken !== undefined) order.push(taken)
  }
  return order
}
