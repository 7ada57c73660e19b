import type { Collection } from '../search/search-index.ts'
import { countDocuments, sampleAcknowledged } from '../state/documents.ts'
import { forgetCollection, type KnownCollection, renameCollection } from '../state/search-collections.ts'
import type { SearchTask } from './search-task.ts'

/**
 * Whether a collection that is found is one that the state knows. `perhaps` is one of the same name that was known by something that does not
 * last, such as the time of its creation, which a server sets again when it replays its log.
 */
export function compareCollections(
  known: Collection,
  found: Collection,
  isLasting: (identity: string) => boolean = () => true,
): 'same' | 'perhaps' | 'other' {
  if (known.name !== found.name) return 'other'
  if (known.identity === found.identity) return 'same'
  return isLasting(known.identity) ? 'other' : 'perhaps'
}

/**
 * What the state knows of the live collection; undefined if that is nothing. What it knows of another collection that had the name before is
 * forgotten. One that is perhaps the same is so if the server has the number of documents that it acknowledged, and a sample of them.
 */
export async function recogniseLive(
  task: SearchTask,
  live: Collection,
  known: readonly KnownCollection[],
): Promise<KnownCollection | undefined> {
  const { index, session } = task
  let recognised: KnownCollection | undefined
  for (const each of known) {
    const isRenamed = index.canBeRenamed === true && each.identity === live.identity
    if (each.name !== live.name && !isRenamed) continue
    const answer = isRenamed ? 'same' : compareCollections(each, live, index.isLasting)
    const isSame =
      answer === 'same' || (answer === 'perhaps' && (await holdsWhatIsKnown(task, each.id, live)))
    if (isSame && recognised === undefined) recognised = each
    else await forgetCollection(session, each.id)
  }
  if (recognised === undefined || recognised.name === live.name) return recognised
  await renameCollection(session, recognised.id, live.name)
  return { ...recognised, name: live.name }
}

const SAMPLE = 100

async function holdsWhatIsKnown(
  { index, session }: SearchTask,
  id: number,
  live: Collection,
): Promise<boolean> {
  const { acknowledged, uncertain } = await countDocuments(session, id)
  const range = { least: acknowledged, most: acknowledged + uncertain }
  const count = await index.countDocuments(live, range)
  if (count < range.least || count > range.most) return false
  const sample = await sampleAcknowledged(session, id, SAMPLE)
  return (await index.findMissing?.(live, sample))?.length === 0
}
