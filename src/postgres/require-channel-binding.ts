import type pg from 'pg'
import { FailedError } from '../core/errors.ts'

const BOUND_MECHANISM = 'SCRAM-SHA-256-PLUS'

/** The messages by which a server asks for a password in a way that another server in between could pass on or read. */
const UNBOUND_REQUESTS = ['authenticationCleartextPassword', 'authenticationMD5Password']

/**
 * Makes connecting fail, before a password or a proof of it is sent, unless the server proves over SCRAM that it is the one at the other end of
 * the TLS connection: `channel_binding=require` of libpq. Call it before `client.connect()`; node-postgres only uses channel binding if the
 * server offers it.
 */
export function requireChannelBinding({ connection }: pg.Client): void {
  let isBound = false
  const refuse = () => connection.stream.destroy(notBound())
  for (const request of UNBOUND_REQUESTS) connection.once(request, refuse)
  connection.once('authenticationSASL', ({ mechanisms }: { readonly mechanisms: readonly string[] }) => {
    if (!mechanisms.includes(BOUND_MECHANISM)) refuse()
  })
  connection.once('authenticationSASLFinal', () => {
    isBound = true
  })
  connection.once('authenticationOk', () => {
    if (!isBound) refuse()
  })
}

function notBound(): FailedError {
  return new FailedError(
    'The server offers no channel binding, which channel_binding=require in the URL asks for',
    {
      hint: 'Make sure that TLS is on and that the password is stored for SCRAM (password_encryption = scram-sha-256). If it is, another server may be in between.',
    },
  )
}
