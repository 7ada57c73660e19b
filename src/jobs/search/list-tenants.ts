import type { Profile, SearchIndexConfig } from '../../config/config.ts'
import { readTenants, type TenantDocuments } from '../../indexing/documents/read-store-documents.ts'
import { entitiesOf } from '../../indexing/search-task.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { withTarget } from '../../run/databases.ts'
import { hasState } from '../../state/migrate.ts'
import { readCollections } from '../../state/search-collections.ts'

/** The tenants of a Mixedbread store. */
export interface TenantList {
  readonly profile: string
  readonly searchIndex: string
  readonly tenants: readonly TenantDocuments[]
}

/** Lists the tenants that have rows, or documents in the store. Changes nothing. */
export async function listTenants(
  profile: Profile,
  config: SearchIndexConfig,
  context: JobContext,
): Promise<TenantList> {
  return withTarget(profile, context, async (target) => {
    const session = await target.session()
    const known = (await hasState(session)) ? await readCollections(session, config.name) : []
    const live = known.find(({ status }) => status === 'live')
    const tenants = await readTenants(session, entitiesOf(config), live?.id)
    return { profile: profile.name, searchIndex: config.name, tenants }
  })
}
