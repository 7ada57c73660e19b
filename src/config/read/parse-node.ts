import type { TypesenseNode } from '../config.ts'

/** The parts of a node's URL; undefined if it is not one, or has credentials or a query in it. */
export function parseNode(text: string): TypesenseNode | undefined {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return undefined
  const { protocol, hostname, port, pathname, username, password, search, hash } = new URL(text)
  if (`${username}${password}${search}${hash}` !== '') return undefined
  const isTls = protocol === 'https:'
  return {
    protocol: isTls ? 'https' : 'http',
    host: hostname,
    port: port === '' ? (isTls ? 443 : 80) : Number(port),
    path: pathname === '/' ? '' : pathname.replace(/\/$/, ''),
  }
}
