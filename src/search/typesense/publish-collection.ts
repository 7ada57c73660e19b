import { FailedError } from '../../core/errors.ts'
import type { Collection } from '../search-index.ts'
import { awaitReady } from './await-ready.ts'
import { carryRules } from './carry-rules.ts'
import { collectionOf } from './collection-mark.ts'
import type { ControlPlane } from './control-plane.ts'
import { dropCollection } from './drop-collection.ts'
import { isFailure } from './failure.ts'
import { findWhole } from './live-collection.ts'
import type { CollectionSettings } from './typesense-settings.ts'

/**
 * Lets an alias lead to a collection; a plain collection that has the alias's name is dropped for it. What steers searches now does so
 * afterwards: it may have changed since the collection was made.
 */
export async function publishCollection(
  control: ControlPlane,
  alias: string,
  name: string,
  settings: CollectionSettings | undefined,
): Promise<Collection> {
  await awaitReady(control.transport, { collections: [name] })
  // An alias to a collection that is not there is taken without a word.
  const found = await control.find((client) => client.collections(name).retrieve())
  if (found?.name !== name) {
    throw new FailedError(`The collection ${name} does not exist, so the alias cannot point to it`, {
      hint: 'Another client has dropped it meanwhile; run again.',
    })
  }
  const live = (await findWhole(control, alias))?.schema
  if (live !== undefined && live.name !== name) await carryRules(control, live, name, settings?.metadata)
  if (live?.name === alias) await replaceByAlias(control, alias, name)
  else await putAlias(control, alias, name)
  return collectionOf(found)
}

async function replaceByAlias(control: ControlPlane, alias: string, name: string): Promise<void> {
  await proveAliasRights(control, alias, name)
  await dropCollection(control, alias)
  await putAlias(control, alias, name).catch((error: unknown) => {
    throw new FailedError(`${alias} was dropped, but could not be made an alias of ${name}`, {
      cause: error,
      hint: `Searches fail until this is done: run again, or PUT /aliases/${alias} with {"collection_name":"${name}"}.`,
    })
  })
}

/** What publishing does besides leading searches elsewhere; undefined if nothing. */
export async function publishNotice(control: ControlPlane, alias: string): Promise<string | undefined> {
  if (!(await isPlainCollection(control, alias))) return undefined
  return `${alias} is a collection and not an alias: mbsync will drop it with its documents and create an alias of that name; between the two, searches fail for a moment.`
}

async function isPlainCollection(control: ControlPlane, name: string): Promise<boolean> {
  return (await control.find((client) => client.collections(name).retrieve()))?.name === name
}

/** While a collection has the name, the alias is refused; but a key that may not make it is refused first. */
async function proveAliasRights(control: ControlPlane, alias: string, name: string): Promise<void> {
  await putAlias(control, alias, name).catch((error: unknown) => {
    if (!isFailure(error, 'refused')) throw error
  })
}

async function putAlias(control: ControlPlane, alias: string, collection_name: string): Promise<void> {
  await control.call((client) => client.aliases().upsert(alias, { collection_name }))
}
