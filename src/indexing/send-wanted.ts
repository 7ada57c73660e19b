import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import { deleteDocuments, sendDocuments } from '../search/send-documents.ts'
import { distrustDocuments } from '../state/documents.ts'
import type { WantedDocuments } from './documents/wanted-documents.ts'
import type { Filling } from './filling.ts'
import type { SearchFigures, SearchTask } from './search-task.ts'

/** Beyond this share of changes, statistics of the state would mislead. */
const ANALYZED_SHARE = 0.05
const IDS_AT_ONCE = 50_000

/** Sends what has changed, then deletes what is no longer wanted; each answer is written down before the next request of its worker. */
export async function sendWanted(
  task: SearchTask,
  filling: Filling,
  wanted: WantedDocuments,
  figures: SearchFigures,
): Promise<void> {
  const { config, index, context } = task
  const deletions = await filling.state.countDeleted(wanted)
  const { documents, changed, whyInFull } = wanted
  const why = filling.reached === 'live' && whyInFull !== undefined ? { whyInFull } : {}
  context.report({
    type: 'documents-planned',
    searchIndex: config.name,
    documents,
    changed,
    deletions,
    ...why,
  })
  if (changed + deletions === 0) return
  await withWriters(task, index.limits.parallel, async (write) => {
    const { rejected } = figures
    if (changed > 0) await sendChanged(task, filling, wanted, figures, write)
    // What was rejected for a tenant is to be gone from the one before.
    const due = figures.rejected > rejected ? await filling.state.countDeleted(wanted) : deletions
    if (due > 0) await deleteDeleted(task, filling, wanted, figures, write)
  })
  if (changed + deletions > documents * ANALYZED_SHARE) await filling.state.tidy()
}

/** What was never sent needs no marks: if it is gone on with, ids are compared. */
async function sendChanged(
  { config, index, session, target, context, stop }: SearchTask,
  { state, collection, reached }: Filling,
  wanted: WantedDocuments,
  figures: SearchFigures,
  write: Write,
): Promise<void> {
  if (reached !== 'empty') await state.markPending(wanted)
  const reader = await target.session()
  await sendDocuments(
    index,
    collection,
    state.readPending(reader, wanted),
    async (documents, outcomes) => {
      await write((writer) => state.record(writer, documents, outcomes))
      const rejected = outcomes.filter(({ kind }) => kind === 'rejected').length
      const indexed = outcomes.length - rejected
      figures.rejected += rejected
      figures.indexed += indexed
      context.report({ type: 'documents-answered', searchIndex: config.name, indexed, rejected })
      await expectLockHolder(session)
    },
    stop,
  )
  await reader.end()
}

async function deleteDeleted(
  task: SearchTask,
  filling: Filling,
  wanted: WantedDocuments,
  figures: SearchFigures,
  write: Write,
): Promise<void> {
  const { config, index, context, session, stop } = task
  const { state, collection } = filling
  await deleteDocuments(
    index,
    collection,
    deletedIds(task, filling, wanted),
    async (ids) => {
      await write((writer) => state.forget(writer, ids))
      figures.deleted += ids.length
      context.report({ type: 'documents-deleted', searchIndex: config.name, deleted: ids.length })
      await expectLockHolder(session)
    },
    stop,
  )
}

/** What refers to them is no longer known to be there: a server deletes it, or takes the reference out of it, by itself. */
async function* deletedIds(
  { index, session }: SearchTask,
  { state, collection }: Filling,
  wanted: WantedDocuments,
): AsyncGenerator<readonly string[]> {
  let after = ''
  for (;;) {
    const ids = await state.readDeleted(wanted, after, IDS_AT_ONCE)
    const last = ids.at(-1)
    if (last === undefined) return
    for await (const referring of index.findReferring?.(collection, ids) ?? [])
      await distrustDocuments(session, referring.collection, referring.ids)
    yield ids
    after = last
  }
}

/** The run lock goes with this session: without it, another run may be sending, too. One worker at a time looks. */
async function expectLockHolder(session: Session): Promise<void> {
  if (!session.isRunning) await session.execute('SELECT 1')
}

/** Writes something down on a session that nobody else uses meanwhile. */
type Write = (work: (writer: Session) => Promise<void>) => Promise<void>

/**
 * Opens a session for each worker. An answer that a crash of the server forgets is asked for again, so none waits for the disk. What was
 * acknowledged before an abort is written down after it, on a session of its own.
 */
async function withWriters(
  { target, context }: { readonly target: Database; readonly context: SearchTask['context'] },
  count: number,
  use: (write: Write) => Promise<void>,
): Promise<void> {
  const writers = await Promise.all(Array.from({ length: count }, () => target.session()))
  // They find documents by their ids alone: through the index, however small the table seems.
  for (const writer of writers) await writer.execute('SET synchronous_commit = off; SET enable_seqscan = off')
  const idle = [...writers]
  await use(async (work) => {
    const writer = idle.pop()
    if (writer === undefined) throw new Error('More workers than writers')
    await work(writer).catch((error: unknown) => {
      if (!context.signal.aborted) throw error
      return target.withClosingSession(work)
    })
    idle.push(writer)
  })
  await Promise.all(writers.map((writer) => writer.end()))
}
