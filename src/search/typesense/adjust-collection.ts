import { fieldsToAdd } from './compare-fields.ts'
import type { ControlPlane } from './control-plane.ts'
import { isFailure } from './typesense-failure.ts'
import type { CollectionSettings } from './typesense-settings.ts'

const MOST_ROUNDS = 5

/** Adds the optional fields that the schema has and the collection does not. */
export async function adjustCollection(
  control: ControlPlane,
  name: string,
  settings: CollectionSettings,
): Promise<void> {
  for (let round = 1; ; round += 1) {
    const live = await control.call((client) => client.collections(name).retrieve())
    const fields = fieldsToAdd(settings, live)
    if (fields.length === 0) return
    try {
      await control.call((client) => client.collections(name).update({ fields }))
      return
    } catch (error) {
      // Ours, if the reply to an earlier attempt was lost, or someone else's: what is there is looked at anew.
      const isThere = isFailure(error, 'refused') && /already part of/.test(error.serverText ?? '')
      if (!isThere || round >= MOST_ROUNDS) throw error
    }
  }
}
