import type { Profile, SearchIndexConfig } from '../../config/config.ts'
import { readSample } from '../../indexing/documents/query-documents.ts'
import { readStoreDocuments } from '../../indexing/documents/read-store-documents.ts'
import { entitiesOf, queryOf } from '../../indexing/search-task.ts'
import type { Session } from '../../postgres/session.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { withTarget } from '../../run/databases.ts'

/** One document of each search index. */
export interface DocumentSamples {
  readonly profile: string
  readonly indexes: readonly {
    readonly searchIndex: string
    /** JSON text; null where the query gives no row. */
    readonly document: string | null
  }[]
}

/** Makes one document of each search index as it would be sent. Sends nothing, and reaches no server but the target. */
export async function sampleDocuments(
  profile: Profile,
  indexes: readonly SearchIndexConfig[],
  context: JobContext,
): Promise<DocumentSamples> {
  return withTarget(profile, context, async (target) => {
    const session = await target.session()
    const samples: { searchIndex: string; document: string | null }[] = []
    for (const config of indexes) {
      const document = (await sampleDocument(session, config)) ?? null
      samples.push({ searchIndex: config.name, document })
    }
    return { profile: profile.name, indexes: samples }
  })
}

/** One document of a search index as it would be sent; undefined where there is none. */
export async function sampleDocument(
  session: Session,
  config: SearchIndexConfig,
): Promise<string | undefined> {
  const entities = entitiesOf(config)
  if (entities.length === 0) return readSample(session, queryOf(config))
  const selection = { choice: { kind: 'all' }, type: undefined, limit: 1 } as const
  for await (const [document] of readStoreDocuments(session, entities, selection)) return document
  return undefined
}
