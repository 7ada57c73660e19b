import { setTimeout as sleep } from 'node:timers/promises'

/** Why a request was not answered as it should be: fit to be told, as the URL is not. */
export class UnansweredError extends Error {}

const MOST_ATTEMPTS = 3
const PAUSE_MS = 1000

/**
 * Asks for a URL, or sends JSON to it, and repeats what failed for a reason that may pass.
 * @throws UnansweredError if there is no good answer until `signal` aborts
 */
export async function send(url: string, body: object | undefined, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const status = await sendOnce(url, body, signal)
      if (status < 300) return
      if (!isPassing(status) || attempt === MOST_ATTEMPTS)
        throw new UnansweredError(`the server answered ${status}`)
    } catch (error) {
      if (error instanceof UnansweredError) throw error
      if (signal.aborted) throw new UnansweredError('no answer in time')
      if (attempt === MOST_ATTEMPTS) throw new UnansweredError(reasonOf(error))
    }
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => {
      throw new UnansweredError('no answer in time')
    })
  }
}

function isPassing(status: number): boolean {
  return status >= 500 || status === 429 || status === 408
}

/** Messages of errors may repeat a host, which may be a secret; their codes do not. */
function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'the connection failed'
}

async function sendOnce(url: string, body: object | undefined, signal: AbortSignal): Promise<number> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  // Most runs ask nobody, and these take their time to load.
  const isTls = new URL(url).protocol === 'https:'
  const { request } = await (isTls ? import('node:https') : import('node:http'))
  const headers = {
    'User-Agent': 'mbsync',
    ...(text === undefined
      ? {}
      : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
  }
  return new Promise((resolve, reject) => {
    // A connection that is kept would keep the process from ending.
    const options = { method: text === undefined ? 'GET' : 'POST', headers, signal, agent: false } as const
    const sent = request(url, options, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
      response.once('error', reject)
    })
    sent.once('error', reject)
    sent.end(text)
  })
}
