import { MbsyncError, SearchError } from '../core/errors.ts'
import type { Collection } from '../search/search-index.ts'
import { forgetAccepted } from '../state/documents.ts'
import {
  addCollection,
  forgetCollection,
  identifyCollection,
  type KnownCollection,
  markLive,
} from '../state/search-collections.ts'
import { fillCollection } from './fill-collection.ts'
import { refuseMassDelete } from './guard-deletions.ts'
import { collectionOf, referencesOf } from './linked-indexes.ts'
import { readOwnCollections } from './own-collections.ts'
import { compareCollections } from './recognise-live.ts'
import { RejectedError, refuseIncomplete } from './refuse-incomplete.ts'
import { ownerOf, reportStep, type SearchFigures, type SearchTask } from './search-task.ts'

/**
 * Fills a new collection beside the live one, and lets searches reach it when it is complete. One that a run left half filled is gone on
 * with; what fails while a new one is filled leaves it to be gone on with by the next run that rebuilds.
 */
export async function rebuildIndex(
  task: SearchTask,
  live: Collection | undefined,
  known: readonly KnownCollection[],
  figures: SearchFigures,
): Promise<void> {
  const { config, index, linked } = task
  const begun = await findBegun(task, known)
  const { id, ...collection } = begun ?? (await begin(task))
  linked.replacements.set(collectionOf(config), collection.name)
  try {
    const isWhole = await fill(task, { id, ...collection }, { live, isResumed: begun !== undefined }, figures)
    await refuseIncomplete(task, { id, isFirst: live === undefined, isWhole }, figures)
  } catch (error) {
    // What was stopped by a guard is not to be gone on with.
    const isResumable = index.rebuilds !== 'always' && !(error instanceof SearchError)
    if (error instanceof RejectedError) await dropRejected(task, { id, name: collection.name })
    else if (!isResumable) await discard(task, { id, name: collection.name })
    throw error
  }
  let isPublished = false
  linked.publishers.push(async () => {
    await publish(task, { id, ...collection }, live)
    isPublished = true
  })
  // All are filled before one is published: joins between an old and a new collection fail.
  const next = linked.fillNext()
  if (next === undefined) for (const publishOne of linked.publishers) await publishOne()
  else await next
  if (!isPublished) {
    throw new SearchError(
      `${config.name}: the new collection is filled, but not published: another one that is rebuilt with it could not be filled`,
      { hint: 'Check the other search index; the next rebuild continues with this one.' },
    )
  }
  await pruneCollections(task)
}

async function publish(
  task: SearchTask,
  { id, ...collection }: Collection & { readonly id: number },
  live: Collection | undefined,
): Promise<void> {
  const { config, index, session, context } = task
  reportStep(task, 'publishing')
  const leftBehind = live === undefined ? undefined : await index.findLeftBehind?.(live)
  for (const { message, hint } of leftBehind ?? [])
    context.report({
      type: 'warning',
      message: `${config.name}: ${message}`,
      ...(hint !== undefined && { hint }),
    })
  const notice = await index.publishNotice()
  if (notice !== undefined) context.report({ type: 'warning', message: notice })
  const { identity } = await index.publish(collection)
  await identifyCollection(session, id, identity)
  await markLive(session, config.name, id)
  if (notice !== undefined && live !== undefined) await forgetNamed(task, live.name)
}

/** What an earlier run has begun; not if it is bound to collections that this one replaces. */
async function findBegun(
  task: SearchTask,
  known: readonly KnownCollection[],
): Promise<KnownCollection | undefined> {
  const begun = known.find(({ status }) => status === 'building')
  if (begun === undefined) return undefined
  const isBound = referencesOf(task.config).some((name) => task.linked.replacements.has(name))
  if (!isBound && (await task.index.isMisled?.(begun)) !== true) return begun
  await discard(task, begun)
  return undefined
}

async function begin({
  config,
  index,
  session,
  linked,
}: SearchTask): Promise<Collection & { readonly id: number }> {
  const name = index.nextName()
  const { fingerprint } = index
  const id = await addCollection(session, { ...ownerOf(config), name, identity: '', fingerprint })
  const collection = await index.create(name, linked.replacements)
  await identifyCollection(session, id, collection.identity)
  return { id, ...collection }
}

async function fill(
  task: SearchTask,
  { id, ...collection }: Collection & { readonly id: number },
  { live, isResumed }: { readonly live: Collection | undefined; readonly isResumed: boolean },
  figures: SearchFigures,
): Promise<boolean> {
  const { index } = task
  const state = task.stateOf(id)
  const isWhole = await fillCollection(
    task,
    {
      state,
      collection,
      reached: isResumed ? 'begun' : 'empty',
      // The second catches up with what changed while all of it was sent.
      leastPasses: index.rebuilds === 'always' ? 1 : 2,
      guard: async (wanted) => {
        const { documents } = wanted
        const before =
          live === undefined ? 0 : await index.countDocuments(live, { least: 0, most: documents })
        const deletions = Math.max(0, before - documents)
        refuseMassDelete(task, { part: undefined, documents, deletions, of: before })
        return wanted
      },
    },
    figures,
  )
  if (isWhole) await state.remember()
  return isWhole
}

/**
 * Looks after what a run that died left half filled: it is gone on with by a run that rebuilds, if it was begun as this one would be, and
 * else dropped. One that searches reach already was published at the last moment.
 */
export async function tidyCollections(
  task: SearchTask,
  live: Collection | undefined,
  isRebuilt: boolean,
): Promise<readonly KnownCollection[]> {
  const { config, session } = task
  const { isLasting = () => true } = task.index
  for (const known of await readOwnCollections(session, config)) {
    if (known.status !== 'building') continue
    const isLive =
      live !== undefined &&
      compareCollections(known, live, (identity) => identity !== '' && isLasting(identity)) !== 'other'
    if (isLive && task.index.rebuilds !== 'always') {
      await identifyCollection(session, known.id, live.identity)
      await markLive(session, config.name, known.id)
    } else if (!isRebuilt) await tryDiscard(task, known)
    else if (!(await canResume(task, known))) await discard(task, known)
  }
  return readOwnCollections(session, config)
}

async function canResume({ index }: SearchTask, known: KnownCollection): Promise<boolean> {
  return index.rebuilds !== 'always' && known.fingerprint === index.fingerprint && (await index.has(known))
}

/** What publishing has dropped already; its name now leads elsewhere. */
async function forgetNamed({ config, session }: SearchTask, name: string): Promise<void> {
  for (const known of await readOwnCollections(session, config))
    if (known.name === name) await forgetCollection(session, known.id)
}

/** Keeps the newest of the collections that were replaced. */
async function pruneCollections(task: SearchTask): Promise<void> {
  const { config, index, session, context } = task
  const old = (await readOwnCollections(session, config)).filter(({ status }) => status === 'old')
  for (const known of old.slice(index.rebuilds === 'always' ? 0 : config.keep)) {
    // What mbsync did not make is not its to drop: it may be searched by its own name.
    const gone =
      known.fingerprint === '' && index.rebuilds !== 'always'
        ? forgetCollection(session, known.id)
        : discard(task, known)
    await gone.catch((error: unknown) => {
      if (!(error instanceof MbsyncError)) throw error
      // The new collection is searched already.
      context.report({
        type: 'warning',
        message: `${config.name}: an old collection stays: ${error.message}`,
      })
    })
  }
}

/** What was rejected stays in the state until the next rebuild: it is all that says why there is no new collection. */
async function dropRejected(
  { index, session }: SearchTask,
  { id, name }: { readonly id: number; readonly name: string },
): Promise<void> {
  await index.drop(name)
  await forgetAccepted(session, id)
}

/** What a run does not need gone is no reason to stop it: its key may be one that drops nothing. */
async function tryDiscard(task: SearchTask, known: KnownCollection): Promise<void> {
  const { config, context } = task
  await discard(task, known).catch((error: unknown) => {
    if (context.signal.aborted || !(error instanceof MbsyncError)) throw error
    context.report({
      type: 'warning',
      message: `${config.name}: the collection ${known.name}, which an earlier run left incomplete, stays on the server: ${error.message}`,
      hint: 'The next run tries again. Delete it with a key that may do so, or let the key of mbsync do `collections:delete` and `aliases:list`.',
    })
  })
}

async function discard(
  { index, session, context }: SearchTask,
  { id, name }: { readonly id: number; readonly name: string },
): Promise<void> {
  // The next run drops what cannot be dropped now.
  if (context.signal.aborted) return
  await index.drop(name)
  await forgetCollection(session, id)
}
