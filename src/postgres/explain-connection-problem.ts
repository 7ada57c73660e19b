import { NoPasswordError } from './find-password.ts'
import { UnsuitableServerError } from './try-servers.ts'

/** What has happened to a connection, and what to do about it. */
export interface ConnectionProblem {
  readonly message: string
  readonly hint: string
}

/**
 * What an error says that is not of PostgreSQL but of the way to it; undefined if it is of neither.
 * @param place where the connection leads, without credentials
 */
export function explainConnectionProblem(error: unknown, place: string): ConnectionProblem | undefined {
  if (!(error instanceof Error)) return undefined
  if (error instanceof NoPasswordError) return explainNoPassword(error)
  if (error instanceof UnsuitableServerError) {
    return { message: `${place}: ${error.message}`, hint: UNSUITABLE_HINT }
  }
  const code = 'code' in error ? String(error.code) : ''
  const known = CONNECTION_PROBLEMS.find(({ test }) => test.test(`${code} ${error.message}`))
  return known === undefined
    ? undefined
    : { message: known.message(socketFileOf(error) ?? place), hint: known.hint }
}

/** The file that stands for a server of this machine. */
function socketFileOf(error: Error): string | undefined {
  const address = 'address' in error ? String(error.address) : ''
  return address.startsWith('/') ? address : undefined
}

const UNSUITABLE_HINT =
  'Name the server that is meant in the URL, or change its target_session_attrs (or PGTARGETSESSIONATTRS).'

function explainNoPassword({ problem }: NoPasswordError): ConnectionProblem {
  if (problem === undefined) {
    return {
      message: 'the server asks for a password, and there is none',
      hint: 'Put the password into the URL (percent-encoded), into PGPASSWORD or into ~/.pgpass.',
    }
  }
  return {
    message: `the server asks for a password, and ${problem.what}`,
    hint: problem.hint,
  }
}

const CONNECTION_PROBLEMS: readonly {
  readonly test: RegExp
  readonly message: (place: string) => string
  readonly hint: string
}[] = [
  {
    test: /ECONNREFUSED/,
    message: (place) => `connection to ${place} refused`,
    hint: 'Check host and port in the URL, and that the server is running and listens there.',
  },
  {
    test: /ENOTFOUND|EAI_AGAIN/,
    message: (place) => `the host of ${place} was not found`,
    hint: 'Check the host name in the URL and the DNS of this machine.',
  },
  {
    test: /ENOENT/,
    message: (place) => `no server socket at ${place}`,
    hint: 'Check the socket directory in the URL, and that the server is running.',
  },
  {
    test: /timeout expired|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|Connection terminated due to connection timeout/,
    message: (place) => `no answer from ${place} in time`,
    hint: 'Check host, port and firewall, or raise `timeouts.connect`.',
  },
  {
    test: /does not support SSL/,
    message: (place) => `the server at ${place} does not offer TLS`,
    hint: 'Use sslmode=disable (or prefer) in the URL, or switch TLS on at the server.',
  },
  {
    test: /ERR_TLS_CERT_ALTNAME_INVALID/,
    message: (place) => `the certificate of ${place} is for another host name`,
    hint: 'Use the host name that the certificate is issued for, or sslmode=verify-ca.',
  },
  {
    test: /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|CERT_|DEPTH_ZERO/,
    message: (place) => `the certificate of ${place} could not be verified`,
    hint: "Give the authority's certificate with sslrootcert=/path/to/root.crt in the URL, or check that it is not expired.",
  },
  {
    test: /SASL|password must be a string/i,
    message: () => 'the server asks for a password, and rejects the one in the URL',
    hint: 'Put the password into the URL (percent-encoded) or into ~/.pgpass.',
  },
  {
    // What pg-protocol says of a message that it cannot read, and what a program that is no PostgreSQL server makes of it.
    test: /received invalid response|Unknown authenticationOk message type|unreadable message/i,
    message: (place) => `the answer of ${place} is not PostgreSQL's protocol`,
    hint: 'Check host and port in the URL. If a proxy or a pooler is in between, connect without it.',
  },
  {
    test: /ECONNRESET|EPIPE|Connection terminated|Client has encountered a connection error|socket hang up|closed the connection|not queryable/,
    message: (place) => `the connection to ${place} was lost`,
    hint: "Check the network and the server's log, then run again.",
  },
]
