import { FAILURE_HINTS, type FailureKind, TypesenseFailure } from './failure.ts'

/** Tells why a request came to no reply, or to half of one. `place` is the server's host and port. */
export function explainBreak(
  place: string,
  error: unknown,
  limitMs: number,
  isOver: boolean,
): TypesenseFailure {
  if (isOver) return failure('timeout', `${place} did not answer within ${limitMs} ms`)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known = PROBLEMS.find(({ test }) => test.test(code))
  if (known === undefined) return failure('network', `The request to ${place} failed${code && ` (${code})`}`)
  return failure('network', known.message(place), known.hint)
}

/** The errors of Node.js hold no more than their messages do, but those of headers and URLs quote them: no cause is kept. */
function failure(kind: FailureKind, message: string, hint = FAILURE_HINTS[kind]): TypesenseFailure {
  return new TypesenseFailure(kind, message, { hint })
}

const PROBLEMS: readonly {
  readonly test: RegExp
  readonly message: (place: string) => string
  readonly hint?: string
}[] = [
  { test: /ECONNREFUSED/, message: (place) => `The connection to ${place} was refused` },
  { test: /ENOTFOUND|EAI_AGAIN/, message: (place) => `The host of ${place} was not found` },
  {
    test: /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/,
    message: (place) => `Timed out connecting to ${place}`,
  },
  { test: /ECONNRESET|EPIPE/, message: (place) => `The connection to ${place} was lost` },
  {
    test: /CERT|SELF_SIGNED|UNABLE_TO/,
    message: (place) => `The certificate of ${place} could not be verified`,
    hint: 'Use the host name that the certificate is issued for; give the authority of your own with NODE_EXTRA_CA_CERTS.',
  },
  {
    test: /EPROTO|ERR_SSL|HPE_/,
    message: (place) => `${place} does not speak the protocol that is configured`,
    hint: 'Check whether the server is reached by http or by https.',
  },
]
