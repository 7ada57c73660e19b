import type { Finding } from '../../core/finding.ts'
import { awaitReady } from './await-ready.ts'
import type { ControlPlane } from './control-plane.ts'
import { isFailure, TypesenseFailure } from './failure.ts'

/** What a server is found to be; if it is not reachable, or not ready, there is no use in asking more. */
interface ServerCheck {
  readonly isReachable: boolean
  readonly findings: Finding[]
}

const LEAST_VERSION = 29

/** Checks that the server is there, healthy, and new enough. */
export async function checkServer(control: ControlPlane, name: string): Promise<ServerCheck> {
  const { place } = control.transport
  try {
    const health = await checkHealth(control)
    const writes = health.length > 0 ? [] : await checkWrites(control, name)
    // What else it would show may be a part of what it has.
    if (writes.length > 0) return { isReachable: false, findings: writes }
    return { isReachable: true, findings: [...health, ...(await checkVersion(control))] }
  } catch (error) {
    if (!(error instanceof TypesenseFailure)) throw error
    return { isReachable: false, findings: [errorOf(place, error.message, error.hint)] }
  }
}

/** Few attempts: a check is to tell of trouble, not to outlast it. */
const ATTEMPTS = 3

/** Health is no sign of it: a server that replays its log is healthy, and shows a part of what it has. */
async function checkWrites({ transport }: ControlPlane, name: string): Promise<Finding[]> {
  try {
    await awaitReady(transport, { alias: name }, false)
    return []
  } catch (error) {
    if (!isFailure(error, 'lagging')) throw error
    const message = 'The server accepts no writes yet: it is starting, or replays its log'
    return [errorOf(transport.place, message, 'A run waits for it, up to `typesense.timeouts.ready`.')]
  }
}

function checkHealth({ transport, client }: ControlPlane): Promise<Finding[]> {
  return transport.repeat(async () => {
    const { place } = transport
    let unhealthy: TypesenseFailure | undefined
    for (let node = 0; node < transport.nodeCount; node += 1) {
      try {
        return findingsOf(place, await client.health.retrieve())
      } catch (error) {
        // The next round is with the next node: one of a cluster may be ill.
        if (!isFailure(error, 'lagging')) throw error
        unhealthy = error
      }
    }
    const reason = unhealthy?.serverText === undefined ? '' : `: ${unhealthy.serverText}`
    return [errorOf(place, `The server reports that it is not healthy${reason}`, 'Look at its log.')]
  }, ATTEMPTS)
}

function findingsOf(place: string, health: { ok?: boolean; resource_error?: string } | null): Finding[] {
  if (health?.resource_error !== undefined) {
    return [errorOf(place, `The server is short of a resource: ${health.resource_error}`, RESOURCE_HINT)]
  }
  return health?.ok === true
    ? []
    : [errorOf(place, 'The server reports that it is not healthy', 'Look at its log.')]
}

const RESOURCE_HINT = 'It accepts no writes until it has more disk space or memory.'

async function checkVersion(control: ControlPlane): Promise<Finding[]> {
  const { place } = control.transport
  try {
    const { version } = await control.call((client) => client.debug.retrieve())
    const major = /^v?(\d+)\./.exec(version)?.[1]
    if (major === undefined || Number(major) >= LEAST_VERSION) return []
    return [
      errorOf(
        place,
        `The server is Typesense ${version}; mbsync needs ${LEAST_VERSION} or later`,
        'Upgrade it.',
      ),
    ]
  } catch (error) {
    if (!isFailure(error, 'forbidden')) throw error
    const message = `The key may not ask for the version; Typesense ${LEAST_VERSION} or later is needed`
    return [{ severity: 'note', subject: place, message, hint: 'Give the key the action debug:list.' }]
  }
}

function errorOf(subject: string, message: string, hint: string | undefined): Finding {
  return { severity: 'error', subject, message, ...(hint !== undefined && { hint }) }
}
