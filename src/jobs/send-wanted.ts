import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import type { DocumentOutcome } from '../search/search-index.ts'
import { deleteDocuments, sendDocuments } from '../search/send-documents.ts'
import {
  countVanished,
  forgetDocuments,
  markPending,
  readVanished,
  recordAnswers,
} from '../state/documents.ts'
import { type PendingDocument, readPending, type WantedDocuments } from '../state/wanted-documents.ts'
import type { Filling } from './fill-collection.ts'
import type { SearchFigures, SearchTask } from './search-task.ts'

const IDS_AT_ONCE = 5000

/** Sends what has changed, then deletes what is no longer wanted; each answer is written down before the next request of its worker. */
export async function sendWanted(
  task: SearchTask,
  filling: Filling,
  wanted: WantedDocuments,
  figures: SearchFigures,
): Promise<void> {
  const { config, index, session, target, watch } = task
  const { known: deletions } = await countVanished(session, filling.collectionId, wanted.table)
  const { documents, changed } = wanted
  watch.report({ type: 'documents-planned', searchIndex: config.name, documents, changed, deletions })
  if (changed + deletions === 0) return
  await withClerks(target, index.limits.parallel, async (write) => {
    if (changed > 0) await sendChanged(task, filling, wanted, figures, write)
    if (deletions > 0) await deleteVanished(task, filling, wanted, figures, write)
  })
}

/** What was never sent needs no marks: if it is gone on with, ids are compared. */
async function sendChanged(
  { config, index, session, target, runId, watch, stop }: SearchTask,
  { collectionId, collection, reached }: Filling,
  wanted: WantedDocuments,
  figures: SearchFigures,
  write: Write,
): Promise<void> {
  if (reached !== 'empty') await markPending(session, collectionId, runId, wanted.table)
  const reader = await target.session()
  await sendDocuments(
    index,
    collection,
    readPending(reader, wanted),
    async (sent, outcomes) => {
      const answers = sent.map((document, at) => answerOf(document, outcomes[at]))
      await write((clerk) => recordAnswers(clerk, collectionId, runId, answers))
      await expectLockHolder(session)
      const rejected = answers.filter(({ error }) => error !== undefined).length
      const indexed = answers.length - rejected
      figures.rejected += rejected
      figures.indexed += indexed
      watch.report({ type: 'documents-answered', searchIndex: config.name, indexed, rejected })
    },
    stop,
  )
  await reader.end()
}

function answerOf({ id, hash }: PendingDocument, outcome: DocumentOutcome | undefined) {
  return { id, hash, error: outcome?.kind === 'rejected' ? outcome.error : undefined }
}

async function deleteVanished(
  task: SearchTask,
  { collectionId, collection }: Filling,
  wanted: WantedDocuments,
  figures: SearchFigures,
  write: Write,
): Promise<void> {
  const { config, index, watch, stop } = task
  await deleteDocuments(
    index,
    collection,
    vanishedIds(task, collectionId, wanted),
    async (ids) => {
      await write((clerk) => forgetDocuments(clerk, collectionId, ids))
      figures.deleted += ids.length
      watch.report({ type: 'documents-deleted', searchIndex: config.name, deleted: ids.length })
    },
    stop,
  )
}

async function* vanishedIds(
  { session }: SearchTask,
  collectionId: number,
  { table }: WantedDocuments,
): AsyncGenerator<string[]> {
  let after = ''
  for (;;) {
    const ids = await readVanished(session, collectionId, table, after, IDS_AT_ONCE)
    const last = ids.at(-1)
    if (last === undefined) return
    yield ids
    after = last
  }
}

/** The run lock goes with this session: without it, another run may be sending, too. One worker at a time looks. */
async function expectLockHolder(session: Session): Promise<void> {
  if (!session.isRunning) await session.execute('SELECT 1')
}

/** Writes something down on a session that nobody else uses meanwhile. */
type Write = (work: (clerk: Session) => Promise<void>) => Promise<void>

/** Opens a session for each worker. An answer that a crash of the server forgets is asked for again, so none waits for the disk. */
async function withClerks(
  target: Database,
  count: number,
  use: (write: Write) => Promise<void>,
): Promise<void> {
  const clerks = await Promise.all(Array.from({ length: count }, () => target.session()))
  for (const clerk of clerks) await clerk.execute('SET synchronous_commit = off')
  const idle = [...clerks]
  await use(async (work) => {
    const clerk = idle.pop()
    if (clerk === undefined) throw new Error('More workers than clerks')
    await work(clerk)
    idle.push(clerk)
  })
  await Promise.all(clerks.map((clerk) => clerk.end()))
}
