import type { SearchIndexConfig } from '../config/config.ts'
import type { Finding } from '../core/finding.ts'
import type { Session } from '../postgres/session.ts'
import type { SearchIndex } from '../search/search-index.ts'
import { hasState } from '../state/migrate.ts'
import { type KnownCollection, readForeignIds } from '../state/search-collections.ts'
import { readOwnCollections } from './own-collections.ts'
import type { SearchTask } from './search-task.ts'

/**
 * Lets searches reach the collection again that they reached before their alias was deleted: it has its documents, synonyms and overrides,
 * which a new one would not.
 */
export async function takeUpAgain({ config, index, options, session, context }: SearchTask): Promise<void> {
  if (!options.create && !options.rebuild) return
  const known = await findUnreached(session, config, index)
  if (known === undefined) return
  await index.publish(known)
  context.report({
    type: 'warning',
    message: `${config.name}: the alias was missing; it leads to the collection ${known.name} again, which it led to before`,
  })
}

/** The collection that searches reached last, and that is still there, where none is reached now. */
async function findUnreached(
  session: Session,
  config: SearchIndexConfig,
  index: Pick<SearchIndex, 'rebuilds' | 'findLive' | 'has'>,
): Promise<KnownCollection | undefined> {
  if (index.rebuilds !== 'when asked' || (await index.findLive()) !== undefined) return undefined
  if (!(await hasState(session))) return undefined
  const foreign = await readForeignIds(session, config.name)
  for (const known of await readOwnCollections(session, config))
    if (known.status === 'live' && !foreign.has(known.id) && (await index.has(known))) return known
  return undefined
}

/** Says that it is the alias that is missing, where a collection was found not to be there. */
export async function describeUnreached(
  session: Session,
  config: SearchIndexConfig,
  index: SearchIndex,
): Promise<Finding | undefined> {
  const known = await findUnreached(session, config, index)
  if (known === undefined) return undefined
  return {
    severity: 'error',
    subject: config.name,
    message: `The alias is missing; the collection ${known.name} that it led to is still there`,
    hint: '`mbsync typesense --create` points the alias to it again; nothing is sent twice.',
  }
}
