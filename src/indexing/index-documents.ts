import type { SearchIndexConfig } from '../config/config.ts'
import { InterruptedError, MbsyncError, SearchError } from '../core/errors.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import type { DocumentColumn } from '../search/search-index.ts'
import { insertRunSearch, type RunSearch } from '../state/run-searches.ts'
import { forgetForeignCollections } from '../state/search-collections.ts'
import { dropLandingTables } from '../transfer/land/landing-tables.ts'
import { checkIndex } from './check-index.ts'
import { needOfSearch } from './count-sessions.ts'
import {
  collectionOf,
  findCircle,
  inLinkedGroups,
  inReferenceOrder,
  type LinkedRebuild,
} from './linked-indexes.ts'
import { openSearchIndex } from './open-search-index.ts'
import { readOwnCollections } from './own-collections.ts'
import { rebuildIndex, tidyCollections } from './rebuild-index.ts'
import {
  reportStep,
  type SearchFigures,
  type SearchOptions,
  type SearchRun,
  type SearchTask,
  type WantedSearch,
} from './search-task.ts'
import { takeUpAgain } from './take-up-again.ts'
import { updateIndex } from './update-index.ts'

/** What a run did to a search index. */
export interface SearchOutcome extends RunSearch {
  readonly type: SearchIndexConfig['home']['type']
}

/**
 * Brings search indexes up to date with the target, one after the other. What goes wrong with one is in its outcome, and does not keep
 * the others from theirs.
 * @throws InterruptedError, with what was acknowledged remembered
 */
export async function indexDocuments(
  { id: runId, target, coordinator: session, seen, context }: SearchRun,
  facts: Pick<SearchTask, 'harmless' | 'recheck'>,
  { indexes, options }: WantedSearch,
): Promise<SearchOutcome[]> {
  if (indexes.length === 0) return []
  context.report({ type: 'phase', phase: 'search' })
  const outcomes: SearchOutcome[] = []
  const finish = async (outcome: SearchOutcome) => {
    outcomes.push(outcome)
    const isUpToDate = outcome.status === 'done' || outcome.status === 'rejected'
    context.report({ type: 'search-ended', searchIndex: outcome.searchIndex, isUpToDate })
    await onOwnSession(target, (own) => insertRunSearch(own, runId, { ...outcome, error: reasonOf(outcome) }))
  }
  const circles = indexes.flatMap((config) => findCircle(config, indexes) ?? [])
  for (const { subject, message, hint } of circles) {
    const config = indexes.find(({ name }) => name === subject)
    if (config !== undefined) await finish(notBegun(config, options, message, hint))
  }
  const indexable = indexes.filter(({ name }) => circles.every(({ subject }) => subject !== name))
  const groups = options.rebuild
    ? inLinkedGroups(indexable)
    : inReferenceOrder(indexable).map((index) => [index])
  for (const group of groups) {
    const waiting = [...group]
    const replacements = new Map<string, string>()
    const publishers: LinkedRebuild['publishers'] = []
    const indexNext = async (config: SearchIndexConfig) =>
      finish(await indexOne({ target, session, runId, seen, ...facts, config, options, context, linked }))
    const linked: LinkedRebuild = {
      together: group.map(collectionOf),
      replacements,
      publishers,
      fillNext: () => {
        const next = waiting.shift()
        return next && indexNext(next)
      },
    }
    await linked.fillNext()
    // What is left waited for one that failed.
    for (const config of waiting)
      await finish(
        notBegun(config, options, UNLINKED, 'Check the other search index, then rebuild both again.'),
      )
  }
  await onOwnSession(target, dropLandingTables)
  const order = indexes.map(({ name }) => name)
  return outcomes.sort((a, b) => order.indexOf(a.searchIndex) - order.indexOf(b.searchIndex))
}

const UNLINKED = 'left as it was, because a search index that it refers to could not be rebuilt'

function notBegun(
  config: SearchIndexConfig,
  options: SearchOptions,
  reason: string,
  hint: string | undefined,
): SearchOutcome {
  return {
    searchIndex: config.name,
    type: config.home.type,
    status: 'stopped',
    ...nothingDone(options),
    durationMs: 0,
    error: `${config.name}: ${reason}`,
    hint,
    findings: [],
  }
}

/** Why a search index is not up to date, on one line, for the state: with the first finding. */
export function reasonOf({ error, findings }: SearchOutcome): string | undefined {
  const [first, ...more] = findings
  if (error === undefined || first === undefined) return error
  return `${error}: ${first.subject}: ${first.message}${more.length === 0 ? '' : ` (and ${more.length} more)`}`
}

/**
 * What becomes of search indexes that a run cannot turn to, although the database is done.
 * @throws whatever is not expected to happen, and the interruption of the run
 */
export async function leaveOut(
  { id, target, context: { signal } }: SearchRun,
  { indexes, options }: WantedSearch,
  reason: unknown,
): Promise<SearchOutcome[]> {
  const outcomes = indexes.map((config): SearchOutcome => {
    if (signal.aborted) throw interrupted(signal.reason, config)
    if (!(reason instanceof MbsyncError)) throw reason
    return {
      searchIndex: config.name,
      type: config.home.type,
      status: 'failed',
      ...nothingDone(options),
      durationMs: 0,
      error: `${config.name}: the database is done, but the search index was left as it is: ${reason.message}`,
      hint: `The next run brings it up to date; \`mbsync ${config.home.type === 'mixedbread' ? 'mixedbread' : 'typesense'}\` does it alone.`,
      findings: [],
    }
  })
  for (const outcome of outcomes) await onOwnSession(target, (own) => insertRunSearch(own, id, outcome))
  return outcomes
}

function nothingDone({ rebuild }: SearchOptions): SearchFigures {
  return {
    mode: rebuild ? 'rebuild' : 'update',
    documents: 0,
    changed: 0,
    indexed: 0,
    rejected: 0,
    deleted: 0,
    findings: [],
    whyInFull: undefined,
  }
}

/** The session of the state may be what was lost: the outcome of the run must not be lost with it. */
async function onOwnSession(target: Database, work: (session: Session) => Promise<void>): Promise<void> {
  await target.withClosingSession(work).catch(() => undefined)
}

type Beginning = Omit<SearchTask, 'index' | 'stateOf' | 'stop'>

async function indexOne(beginning: Beginning): Promise<SearchOutcome> {
  const { config, options, context, linked, target } = beginning
  const startedAt = performance.now()
  target.expectNeed(needOfSearch(config))
  const figures = nothingDone(options)
  const finish = (status: RunSearch['status'], error?: Error): SearchOutcome => ({
    searchIndex: config.name,
    type: config.home.type,
    status,
    ...figures,
    durationMs: Math.round(performance.now() - startedAt),
    error: error?.message,
    hint: error instanceof MbsyncError ? error.hint : undefined,
    findings: error === undefined ? figures.findings : error instanceof SearchError ? error.findings : [],
  })
  try {
    // A request that outlived its run could undo what the next one sends.
    const stopping = new AbortController()
    const signal = AbortSignal.any([context.signal, stopping.signal])
    const onWait = () => reportStep({ config, context }, 'waiting')
    const { index, openState } = await openSearchIndex(config, options, signal, {
      onWait,
      together: linked.together,
    })
    const stop = (error: unknown) => stopping.abort(error)
    const facts = { ...beginning, index, stop }
    const task: SearchTask = { ...facts, stateOf: (collectionId) => openState(facts, collectionId) }
    try {
      await bringUpToDate(task, figures)
    } finally {
      await index.close()
    }
    return finish(figures.rejected === 0 ? 'done' : 'rejected')
  } catch (error) {
    if (context.signal.aborted) throw interrupted(context.signal.reason, config)
    if (!(error instanceof MbsyncError)) throw error
    return finish(error instanceof SearchError ? 'stopped' : 'failed', error)
  }
}

async function bringUpToDate(task: SearchTask, figures: SearchFigures): Promise<void> {
  const { index, options } = task
  reportStep(task, 'checking')
  const known = await readOwnCollections(task.session, task.config)
  await index.awaitReady?.(known.map(({ name }) => name))
  reportStep(task, 'checking')
  const columns = await expectFit(task)
  await distrustForeignState(task)
  await takeUpAgain(task)
  const live = await index.findLive()
  const isMisled = live !== undefined && !options.rebuild && (await index.isMisled?.(live)) === true
  if (isMisled) {
    task.context.report({
      type: 'warning',
      message: `${task.config.name}: its references point to a collection that searches no longer use, because another search index was switched without it`,
      hint: 'mbsync rebuilds it now, so that joins work again.',
    })
  }
  const isRebuilt =
    index.rebuilds === 'always' ||
    (index.rebuilds === 'when asked' && (options.rebuild || live === undefined || isMisled))
  figures.mode = isRebuilt ? 'rebuild' : 'update'
  const own = await tidyCollections(task, live, isRebuilt)
  if (isRebuilt) return rebuildIndex(task, live, own, figures)
  if (live === undefined) throw new Error('A collection that cannot be created must be there')
  await updateIndex(task, live, own, columns, figures)
}

/** Before anything of the state is taken up again: a copied target would have searches of its own reach the collection of the other one. */
async function distrustForeignState({ config, index, session, context }: SearchTask): Promise<void> {
  const { name } = config
  const isReached = index.rebuilds !== 'when asked' || (await index.findLive()) !== undefined
  if (!(await forgetForeignCollections(session, name, isReached))) return
  context.report({
    type: 'warning',
    message: `${name}: the target was restored or copied since the last run, so all documents are sent again`,
    hint: 'What the server has may be newer than the state in the target. Collections that earlier rebuilds left on the server are not deleted; delete those that nothing uses.',
  })
}

/** @throws SearchError with everything that the documents or the server do not fit */
async function expectFit({ config, index, session }: SearchTask): Promise<readonly DocumentColumn[]> {
  const { columns, errors } = await checkIndex(session, config, index)
  if (errors.length > 0)
    throw new SearchError(`${config.name}: the search index cannot take the documents; nothing was sent`, {
      findings: errors,
    })
  return columns
}

function interrupted(reason: unknown, { name }: SearchIndexConfig): unknown {
  return reason instanceof InterruptedError
    ? new InterruptedError(
        reason.signal,
        `the next run goes on with search index ${name}, and sends nothing twice`,
      )
    : reason
}
