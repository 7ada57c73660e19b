import { deleteDocuments, sendDocuments } from '../search/send-documents.ts'
import {
  countVanished,
  forgetDocuments,
  markPending,
  readVanished,
  recordAnswers,
} from '../state/documents.ts'
import { readPending, type WantedDocuments } from '../state/wanted-documents.ts'
import type { Filling } from './fill-collection.ts'
import type { SearchFigures, SearchTask } from './search-task.ts'

const IDS_AT_ONCE = 5000

/**
 * Sends what has changed, then deletes what is no longer wanted; each answer is written down before the next request of its worker.
 * What is new needs no marks: it is compared with the server before it is gone on with.
 */
export async function sendWanted(
  task: SearchTask,
  { collectionId, collection, isNew }: Filling,
  wanted: WantedDocuments,
  figures: SearchFigures,
): Promise<void> {
  const { config, index, session, target, runId, watch } = task
  const deletions = await countVanished(session, collectionId, wanted.table)
  const { documents, changed } = wanted
  watch.report({ type: 'documents-planned', searchIndex: config.name, documents, changed, deletions })
  if (changed > 0) {
    if (!isNew) await markPending(session, collectionId, runId, wanted.table)
    // An answer that a crash of the server forgets is asked for again; a mark must never be forgotten.
    await session.execute('SET synchronous_commit = off')
    const reader = await target.session()
    const inTurn = oneAfterTheOther()
    await sendDocuments(index, collection, readPending(reader, wanted), async (sent, outcomes) => {
      const answers = sent.map(({ id, hash }, at) => {
        const outcome = outcomes[at]
        return { id, hash, error: outcome?.kind === 'rejected' ? outcome.error : undefined }
      })
      await inTurn(() => recordAnswers(session, collectionId, runId, answers))
      const rejected = answers.filter(({ error }) => error !== undefined).length
      figures.rejected += rejected
      figures.indexed += answers.length - rejected
      watch.report({
        type: 'documents-answered',
        searchIndex: config.name,
        indexed: answers.length - rejected,
        rejected,
      })
    })
    await reader.end()
    await session.execute('RESET synchronous_commit')
  }
  if (deletions === 0) return
  const inTurn = oneAfterTheOther()
  const vanished = vanishedIds(task, collectionId, wanted, inTurn)
  await deleteDocuments(index, collection, vanished, async (ids) => {
    await inTurn(() => forgetDocuments(session, collectionId, ids))
    figures.deleted += ids.length
    watch.report({ type: 'documents-deleted', searchIndex: config.name, deleted: ids.length })
  })
}

async function* vanishedIds(
  { session }: SearchTask,
  collectionId: number,
  { table }: WantedDocuments,
  inTurn: InTurn,
): AsyncGenerator<string[]> {
  let after = ''
  for (;;) {
    const ids = await inTurn(() => readVanished(session, collectionId, table, after, IDS_AT_ONCE))
    const last = ids.at(-1)
    if (last === undefined) return
    yield ids
    after = last
  }
}

type InTurn = <T>(work: () => Promise<T>) => Promise<T>

/** A session runs one statement at a time, and workers share it. */
function oneAfterTheOther(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}
