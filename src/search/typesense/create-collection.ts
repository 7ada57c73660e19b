import type { Client, CollectionCreateSchema, CollectionSchema } from 'typesense'
import { FailedError } from '../../core/errors.ts'
import type { Collection } from '../search-index.ts'
import { carryRules, withExistingSets } from './carry-rules.ts'
import { collectionOf, newMark, withMark } from './collection-mark.ts'
import type { ControlPlane } from './control-plane.ts'
import { isFailure } from './failure.ts'
import { findWhole } from './live-collection.ts'
import type { CollectionSettings } from './typesense-settings.ts'

/** Creates a collection of the schema, or else of the live one's, with the rules for searches that the live one has. */
export async function createCollection(
  control: ControlPlane,
  name: string,
  concrete: string,
  settings: CollectionSettings | undefined,
): Promise<Collection> {
  const live = await findWhole(control, name)
  if (settings === undefined && live === undefined) {
    throw new FailedError(`There is no collection ${name} yet, and no schema to create it with`, {
      hint: 'Give its `fields` in the configuration, or create the collection on the server.',
    })
  }
  const mark = newMark()
  try {
    await createOnce(control, (client) =>
      settings === undefined
        ? client.collections().create({ name: concrete }, { src_name: live?.schema.name ?? name })
        : withExistingSets(schemaOf(concrete, settings, live?.schema, mark), (schema) =>
            client.collections().create(schema),
          ),
    )
    if (live !== undefined) await carryRules(control, live.schema, concrete, settings?.metadata, mark)
    return collectionOf(await control.call((client) => client.collections(concrete).retrieve()))
  } catch (error) {
    // Nobody would know of it; no alias can lead to a name that is this new.
    await control.client
      .collections(concrete)
      .delete()
      .catch(() => undefined)
    throw error
  }
}

/** The name is new: a collection that exists is from an earlier attempt whose reply was lost. */
async function createOnce(
  control: ControlPlane,
  create: (client: Client) => Promise<CollectionSchema>,
): Promise<void> {
  await control.call(create).catch((error: unknown) => {
    if (!isFailure(error, 'exists')) throw error
  })
}

function schemaOf(
  name: string,
  settings: CollectionSettings,
  live: CollectionSchema | undefined,
  mark: string,
): CollectionCreateSchema {
  const carried = {
    synonym_sets: live?.synonym_sets,
    curation_sets: live?.curation_sets,
  }
  const metadata = withMark(settings.metadata ?? live?.metadata, mark)
  const schema = { ...withoutUndefined(carried), ...withoutUndefined(settings), metadata, name }
  return schema as CollectionCreateSchema
}

function withoutUndefined(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}
