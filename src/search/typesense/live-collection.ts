import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, CollectionFieldSchema, CollectionSchema } from 'typesense'
import { FailedError } from '../../core/errors.ts'
import type { Collection, CountRange, DocumentColumn } from '../search-index.ts'
import { awaitReady } from './await-ready.ts'
import { collectionOf } from './collection-mark.ts'
import { fieldChanges, isDynamic } from './compare-fields.ts'
import type { ControlPlane } from './control-plane.ts'
import { isFailure } from './failure.ts'
import type { CollectionSettings, FieldSettings } from './typesense-settings.ts'

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

/** The same, with all that was ever written to it: a server that was restarted meanwhile may show a part of its rules, which would be taken for all. */
export async function findWhole(
  control: ControlPlane,
  name: string,
): Promise<Awaited<ReturnType<typeof findLive>>> {
  await awaitReady(control.transport, { alias: name })
  const found = await findLive(control, name)
  if (found === undefined) return undefined
  await awaitReady(control.transport, { collections: [found.schema.name] })
  return findLive(control, name)
}

const MOST_ROUNDS = 5

/**
 * Adds the optional fields that the schema has and the collection does not, as far as documents have them, and has those indexed again that
 * are searched in another way now.
 * @returns what was done, in words
 */
export async function adjustCollection(
  control: ControlPlane,
  name: string,
  settings: CollectionSettings,
  columns: readonly DocumentColumn[],
): Promise<string[]> {
  const provided = new Set(columns.map((column) => column.name))
  const isProvided = (field: FieldSettings) =>
    isDynamic(field) || field.embed !== undefined || provided.has(field.name.split('.')[0] ?? '')
  let done: string[] = []
  for (let round = 1; ; round += 1) {
    const live = await control.call((client) => client.collections(name).retrieve())
    const { added, altered } = fieldChanges(settings, live, isProvided)
    if (added.length + altered.length === 0) return done
    done = [
      ...added.map((field) => `added the optional field ${field.name}`),
      ...altered.map(({ name }) => `had the field ${name} indexed again`),
    ]
    const drops = altered.map((field) => ({ name: field.name, drop: true }))
    const fields = [...drops, ...altered, ...added] as CollectionFieldSchema[]
    try {
      await control.call((client) => client.collections(name).update({ fields }))
      return done
    } catch (error) {
      // Ours, if the reply to an earlier attempt was lost, or someone else's: what is there is looked at again.
      const isThere = isFailure(error, 'refused') && /already part of/.test(error.serverText ?? '')
      if (!isThere || round >= MOST_ROUNDS) throw error
    }
  }
}

/**
 * The number of documents once it holds still: a server that was killed gives jumping numbers while it replays its log, and says that
 * it is healthy. A number that is expected is not watched. Any other counts only once the server takes writes, as then its log is replayed.
 */
export async function countDocuments(
  control: ControlPlane,
  collection: string,
  expected?: CountRange,
): Promise<number> {
  const { pacing, signal } = control.transport
  let before: number | undefined
  for (let read = 0; read < pacing.settleReads; read += 1) {
    const { num_documents: count } = await retrieve(control, collection, before === undefined)
    if (count === before || isWithin(count, expected)) return count
    if (before === undefined) await awaitReady(control.transport, { collections: [collection] })
    before = count
    await sleep(pacing.settleMs, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
  throw new FailedError(`The number of documents in ${collection} keeps changing`, {
    hint: 'Another client writes to the collection, or the Typesense server still replays its log: run again later.',
  })
}

/** One that is not there may be behind in the log of a server that was restarted meanwhile. */
async function retrieve(control: ControlPlane, name: string, mayLag: boolean): Promise<CollectionSchema> {
  const ask = (client: Client) => client.collections(name).retrieve()
  const found = mayLag ? await control.find(ask) : undefined
  if (found !== undefined) return found
  if (mayLag) await awaitReady(control.transport, { collections: [name] })
  return control.call(ask)
}

function isWithin(count: number, range: CountRange | undefined): boolean {
  return range !== undefined && count >= range.least && count <= range.most
}
