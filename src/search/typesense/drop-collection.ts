import { FailedError } from '../../core/errors.ts'
import { awaitReady } from './await-ready.ts'
import type { ControlPlane } from './control-plane.ts'
import { isFailure } from './failure.ts'

/**
 * Drops a collection by its concrete name, and never through an alias or from under one: the server would drop the live collection
 * and leave the alias leading nowhere.
 */
export async function dropCollection(control: ControlPlane, name: string): Promise<void> {
  // A server that was restarted meanwhile may not show all aliases yet.
  await awaitReady(control.transport, { alias: name })
  // Asked again before each attempt: another one may have been long ago.
  await control.transport.repeat(async () => {
    await refuseIfAliased(control, name)
    await control.client
      .collections(name)
      .delete()
      .catch((error: unknown) => {
        if (!isFailure(error, 'missing')) throw error
      })
  })
}

async function refuseIfAliased({ client }: ControlPlane, name: string): Promise<void> {
  const { aliases } = await client.aliases().retrieve()
  if (aliases.some((alias) => alias.name === name)) {
    throw new FailedError(`${name} is an alias, not a collection: it is not dropped`, {
      hint: 'Only collections are dropped, by their own names.',
    })
  }
  const reaching = aliases.find((alias) => alias.collection_name === name)
  if (reaching === undefined) return
  throw new FailedError(
    `Searches reach the collection ${name} through the alias ${reaching.name}: it is not dropped`,
    {
      hint: 'To drop the collection, first point the alias to another one, or delete the alias.',
    },
  )
}
