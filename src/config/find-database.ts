import { parseDatabaseUrl } from '../core/database-url.ts'
import { UsageError } from '../core/errors.ts'
import type { Config, DatabaseConfig } from './config.ts'
import { protectPlaces } from './protect-places.ts'
import { completeUrl } from './read/complete-url.ts'
import { didYouMean } from './read/did-you-mean.ts'
import { displayKey } from './read/problem.ts'

/**
 * The database of a name in the configuration, or of a URL. A URL that the configuration knows keeps its name; one that leads to a
 * protected database keeps the protection for every user.
 * @param flag the flag that named it, for messages
 * @throws UsageError that lists the known databases, or says what is wrong with the URL
 */
export function findDatabase(config: Config, nameOrUrl: string, flag: string): DatabaseConfig {
  const database = config.databases.get(nameOrUrl)
  if (database !== undefined) return database
  if (!nameOrUrl.includes('://') && parseDatabaseUrl(nameOrUrl) === undefined)
    throw unknownDatabase(config, nameOrUrl, flag)
  const completed = completeUrl(nameOrUrl, config.libpqVariables)
  if ('problem' in completed) throw new UsageError(`The URL of ${flag} ${completed.problem}`)
  const { url } = completed
  const known = [...config.databases.values()].find((database) => database.url === url)
  if (known !== undefined) return known
  const asked = { name: nameOf(url), url, isProtected: false }
  return protectPlaces([asked, ...config.databases.values()])[0] ?? asked
}

function unknownDatabase({ databases, unavailable }: Config, name: string, flag: string): UsageError {
  const names = [...databases.keys()]
  const problem = unavailable.get(name)?.problem
  return new UsageError(`${flag}: no database is named \`${displayKey(name)}\`${didYouMean(name, names)}`, {
    ...(problem === undefined ? {} : { problems: [problem] }),
    hint:
      names.length === 0
        ? 'Declare it in mbsync.yaml, or give its URL.'
        : `The databases are ${names.map((known) => `\`${displayKey(known)}\``).join(', ')}; you can also give a URL.`,
  })
}

/** What a URL may be called in messages: never its user or password. */
function nameOf(url: string): string {
  const parameters = parseDatabaseUrl(url)
  return `${parameters?.get('host') || 'localhost'}/${parameters?.get('dbname') ?? ''}`
}
