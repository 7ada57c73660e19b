import { FailedError } from '../core/errors.ts'
import { DatabaseError } from '../postgres/explain-error.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Filling } from './filling.ts'
import { referencesOf } from './linked-indexes.ts'
import { reportStep, type SearchFigures, type SearchTask } from './search-task.ts'
import { sendWanted } from './send-wanted.ts'

/** Counts that did not fit may have hidden behind documents whose answer was lost: then ids are compared after all. */
const MOST_PASSES = 3

/**
 * Makes a collection what the query gives: what has changed is sent, what is no longer wanted is deleted.
 * @returns whether the server has as many documents in the end as it has acknowledged
 */
export async function fillCollection(
  task: SearchTask,
  filling: Filling,
  figures: SearchFigures,
): Promise<boolean> {
  let current = filling
  for (let pass = 1; pass <= MOST_PASSES; pass += 1) {
    const hasFitted = await compare(task, current, pass === 1)
    const isUnchanged = await sendChanges(task, current, pass, figures)
    if (pass >= filling.leastPasses && ((hasFitted && isUnchanged) || (await fits(task, current))))
      return true
    if (current.reached === 'empty') current = { ...current, reached: 'begun' }
  }
  return false
}

/** Compares ids where that is due, or counts do not fit. @returns whether they fit */
async function compare(task: SearchTask, filling: Filling, isFirst: boolean): Promise<boolean> {
  const isAskedFor = isFirst && task.options.reconcile && filling.reached !== 'empty'
  const isDue = isAskedFor || (isFirst && filling.reached === 'begun')
  if (!isDue && (await fits(task, filling))) return true
  reportStep(task, 'reconciling')
  await reconcile(task, filling, isAskedFor)
  return false
}

/** @returns whether there was nothing to compare, and so nothing to send */
async function sendChanges(
  task: SearchTask,
  filling: Filling,
  pass: number,
  figures: SearchFigures,
): Promise<boolean> {
  const { session } = task
  const { state, guard } = filling
  reportStep(task, 'comparing')
  const isTrusted = pass > 1 || !task.options.reconcile
  const wanted = await state.want(isTrusted).catch((error: unknown) => Promise.reject(nameQuery(task, error)))
  if ('unchanged' in wanted) {
    const { unchanged: documents } = wanted
    figures.documents = documents
    const nothing = { changed: 0, deletions: 0 }
    task.context.report({ type: 'documents-planned', searchIndex: task.config.name, documents, ...nothing })
    return true
  }
  figures.documents = wanted.documents
  if (filling.reached === 'live') figures.whyInFull ??= wanted.whyInFull
  // What one pass had rejected is sent again by the next, and counts once.
  figures.changed += wanted.changed - figures.rejected
  figures.rejected = 0
  await sendWanted(task, filling, await guard(wanted), figures)
  await session.define(`DROP TABLE ${relation(wanted.table)}`)
  return false
}

/** An error of a value tells of no table or column: it was the query of the index that met it, in some row. */
function nameQuery({ config }: SearchTask, error: unknown): unknown {
  if (!(error instanceof DatabaseError && error.sqlState?.startsWith('22'))) return error
  return new FailedError(`${config.name}: the query fails on a row: ${error.message}`, {
    hint: "Look for a row with a value that the query cannot convert, such as a text that is not a number; the target's log names the value.",
    cause: error,
  })
}

/** Whether the server has as many documents as the state says. */
async function fits({ index }: SearchTask, { state, collection }: Filling): Promise<boolean> {
  const { acknowledged, uncertain } = await state.count()
  const range = { least: acknowledged, most: acknowledged + uncertain }
  const count = await index.countDocuments(collection, range)
  return count >= range.least && count <= range.most
}

/** Compares with the server and corrects the state, by contents, too, where that was asked for. */
async function reconcile(
  { config, context }: SearchTask,
  { state, collection, reached }: Filling,
  comparesContents: boolean,
): Promise<void> {
  const { name } = config
  const { unusable, lost, unknown, altered } = await state.reconcile(collection, comparesContents)
  const warn = (message: string, hint: string) =>
    context.report({ type: 'warning', message: `${name}: ${message}`, hint })
  if (unusable > 0) {
    warn(
      `the server has ${unusable} documents whose ids mbsync can neither have written nor delete`,
      'Delete them there, or fill a new collection without them with --rebuild.',
    )
  }
  if (reached !== 'live') return
  if (lost + unknown > 0) {
    warn(
      `the server lacked ${lost} documents and had ${unknown} that mbsync did not know of`,
      referencesOf(config).length === 0
        ? 'mbsync sends or deletes them now, as far as the guard against mass deletes allows. If no other client writes to the collection, check the server.'
        : 'mbsync sends or deletes them now, as far as the guard against mass deletes allows. A server deletes documents with those that they refer to. If that is not the cause, and no other client writes to the collection, check the server.',
    )
  }
  if (altered > 0) {
    warn(
      `the server had ${altered} documents with other contents than it had acknowledged`,
      'mbsync sends them again now. If it happens again and no other client writes to the collection, the server may convert values: give their fields the types of the columns.',
    )
  }
}
