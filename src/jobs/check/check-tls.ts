import type { DatabaseConfig } from '../../config/config.ts'
import { transportOf } from '../../postgres/connection-options.ts'
import type { Check } from './checklist.ts'

/** Whether a stranger in between could read or rewrite what goes over the connection, as far as the URL decides it. */
export function checkTls({ name, url }: DatabaseConfig): Check[] {
  const { hosts, sslMode } = transportOf(url)
  if (hosts.every(isLocal) || (sslMode !== 'prefer' && sslMode !== 'allow')) return []
  return [
    {
      status: 'warning',
      subject: name,
      message: `The URL does not enforce TLS (sslmode=${sslMode}): another server in between could read and rewrite rows`,
      hint: 'Add sslmode=verify-full to the URL, and sslrootcert=… or sslrootcert=system if the authority is not known to Node.js.',
    },
  ]
}

function isLocal(host: string): boolean {
  return host.startsWith('/') || /^(localhost|127(\.\d+){3}|::1)$/i.test(host)
}
