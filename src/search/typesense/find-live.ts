import type { CollectionSchema } from 'typesense'
import type { Collection } from '../search-index.ts'
import type { ControlPlane } from './control-plane.ts'

/**
 * The collection that a name leads to for searches, with its schema; undefined if there is none. The server itself is asked, which
 * follows an alias and prefers a collection of that very name to it: its answer has the concrete name.
 */
export async function findLive(
  control: ControlPlane,
  name: string,
): Promise<{ readonly collection: Collection; readonly schema: CollectionSchema } | undefined> {
  const schema = await control.find((client) => client.collections(name).retrieve())
  return schema === undefined ? undefined : { collection: collectionOf(schema), schema }
}

/** A collection as it is told apart from others of its name. */
export function collectionOf({
  name,
  created_at,
}: Pick<CollectionSchema, 'name' | 'created_at'>): Collection {
  return { name, identity: String(created_at) }
}
