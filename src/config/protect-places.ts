import { parseDatabaseUrl } from '../core/database-url.ts'
import type { DatabaseConfig } from './config.ts'

/** Spellings of this machine. */
const LOOPBACK = new Set(['', 'localhost', '127.0.0.1', '::1'])

/**
 * The databases, each protected if one of them is that leads to the same place, whatever their users and parameters are. What else leads there, such as another name of the
 * host, only the server knows: `mbsync.protected` in the database itself protects it from all of them.
 */
export function protectPlaces(databases: readonly DatabaseConfig[]): DatabaseConfig[] {
  const places = new Map(
    databases.flatMap(({ isProtected, url, name }) =>
      isProtected ? placesOf(url).map((place) => [place, name] as const) : [],
    ),
  )
  return databases.map((database) => {
    const protectedLike = placesOf(database.url).flatMap((place) => places.get(place) ?? [])[0]
    if (database.isProtected || protectedLike === undefined) return database
    return { ...database, isProtected: true, protectedLike }
  })
}

/** Where a URL may lead to: one place for each of its hosts. */
function placesOf(url: string): string[] {
  const parameters = parseDatabaseUrl(url)
  const hosts = parameters?.get('host')?.split(',') ?? ['']
  const ports = parameters?.get('port')?.split(',') ?? ['']
  return hosts.map((host, index) => {
    const machine = LOOPBACK.has(host.toLowerCase()) ? 'localhost' : host.toLowerCase()
    const port = (ports.length === 1 ? ports[0] : ports[index]) || '5432'
    return JSON.stringify([machine, port, parameters?.get('dbname')])
  })
}
