import type { SearchIndexConfig } from '../config/config.ts'
import { groupBy } from '../core/group-by.ts'
import type { Session } from '../postgres/session.ts'
import { type KnownCollection, readCollections } from '../state/search-collections.ts'

/** What the state knows of a search index as it is configured now: it may have been another one under the same name. */
export async function readOwnCollections(
  session: Session,
  { name, home }: SearchIndexConfig,
): Promise<KnownCollection[]> {
  return (await readCollections(session, name)).filter((known) => isOwn(known, home))
}

/** Finds what the state knows of search indexes that are not configured any more, or have become others, by their names. */
export async function findStrays(
  session: Session,
  configured: ReadonlyMap<string, SearchIndexConfig>,
): Promise<Map<string, KnownCollection[]>> {
  const strays = (await readCollections(session)).filter((known) => {
    const config = configured.get(known.searchIndex)
    return config === undefined || !isOwn(known, config.home)
  })
  return groupBy(strays, ({ searchIndex }) => searchIndex)
}

function isOwn(known: KnownCollection, home: SearchIndexConfig['home']): boolean {
  if (known.type !== home.type) return false
  switch (home.type) {
    case 'ndjson':
      return known.name === home.file
    case 'mixedbread':
      // Another store takes the place of the one before.
      return true
    case 'typesense': {
      // What mbsync did not create may have any name.
      const isCreated = known.fingerprint !== ''
      return known.status === 'live' || !isCreated || known.name.startsWith(`${home.collection}_`)
    }
  }
}
