import type { SearchIndexConfig } from '../../config/config.ts'
import { InterruptedError, MbsyncError, SearchError } from '../../core/errors.ts'
import type { Finding } from '../../core/finding.ts'
import type { Database } from '../../postgres/database.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import type { Session } from '../../postgres/session.ts'
import type { DocumentColumn } from '../../search/search-index.ts'
import { documentsSql, entitySql } from '../../state/entities-sql.ts'
import { insertRunSearch, type RunSearch } from '../../state/run-searches.ts'
import { dropLandingTables } from '../../transfer/landing-tables.ts'
import type { Watch } from '../watch.ts'
import { openSearchIndex } from './open-search-index.ts'
import { rebuildIndex, tidyCollections } from './rebuild-index.ts'
import {
  entitiesOf,
  queryOf,
  type SearchFigures,
  type SearchOptions,
  type SearchTask,
} from './search-task.ts'
import { updateIndex } from './update-index.ts'

/** What a run did to a search index. */
export interface SearchOutcome extends RunSearch {
  readonly type: SearchIndexConfig['home']['type']
  readonly hint: string | undefined
  readonly findings: readonly Finding[]
}

/**
 * Brings search indexes up to date with the target, one after the other. What goes wrong with one is in its outcome, and does not keep
 * the others from theirs.
 * @throws InterruptedError, with what was acknowledged remembered
 */
export async function indexDocuments(
  target: Database,
  session: Session,
  runId: number,
  indexes: readonly SearchIndexConfig[],
  options: SearchOptions,
  watch: Watch,
): Promise<SearchOutcome[]> {
  if (indexes.length === 0) return []
  watch.report({ type: 'phase', phase: 'search' })
  const outcomes: SearchOutcome[] = []
  for (const config of indexes) {
    const outcome = await indexOne(target, session, runId, config, options, watch)
    outcomes.push(outcome)
    await onOwnSession(target, (own) => insertRunSearch(own, runId, { ...outcome, error: reasonOf(outcome) }))
  }
  await onOwnSession(target, dropLandingTables)
  return outcomes
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
  target: Database,
  runId: number,
  indexes: readonly SearchIndexConfig[],
  options: SearchOptions,
  reason: unknown,
  { signal }: Watch,
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
  for (const outcome of outcomes) await onOwnSession(target, (own) => insertRunSearch(own, runId, outcome))
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
  }
}

/** The session of the state may be what was lost: the outcome of the run must not be lost with it. */
async function onOwnSession(target: Database, work: (session: Session) => Promise<void>): Promise<void> {
  await target.withClosingSession(work).catch(() => undefined)
}

async function indexOne(
  target: Database,
  session: Session,
  runId: number,
  config: SearchIndexConfig,
  options: SearchOptions,
  watch: Watch,
): Promise<SearchOutcome> {
  const startedAt = performance.now()
  const figures = nothingDone(options)
  const finish = (status: RunSearch['status'], error?: Error): SearchOutcome => ({
    searchIndex: config.name,
    type: config.home.type,
    status,
    ...figures,
    durationMs: Math.round(performance.now() - startedAt),
    error: error?.message,
    hint: error instanceof MbsyncError ? error.hint : undefined,
    findings: error instanceof SearchError ? error.findings : [],
  })
  try {
    // A request that outlived its run could undo what the next one sends.
    const stopping = new AbortController()
    const signal = AbortSignal.any([watch.signal, stopping.signal])
    const { index, openLedger } = await openSearchIndex(config, options, signal)
    const stop = (error: unknown) => stopping.abort(error)
    const facts = { config, index, options, target, session, runId, watch, stop }
    const task: SearchTask = { ...facts, ledgerOf: (collectionId) => openLedger(facts, collectionId) }
    try {
      await bringUpToDate(task, figures)
    } finally {
      await index.close()
    }
    return finish(figures.rejected === 0 ? 'done' : 'rejected')
  } catch (error) {
    if (watch.signal.aborted) throw interrupted(watch.signal.reason, config)
    if (!(error instanceof MbsyncError)) throw error
    return finish(error instanceof SearchError ? 'stopped' : 'failed', error)
  }
}

async function bringUpToDate(task: SearchTask, figures: SearchFigures): Promise<void> {
  const { index, options } = task
  await expectFit(task)
  const live = await index.findLive()
  const isRebuilt =
    index.rebuilds === 'always' ||
    (index.rebuilds === 'when asked' && (options.rebuild || live === undefined))
  figures.mode = isRebuilt ? 'rebuild' : 'update'
  const known = await tidyCollections(task, live, isRebuilt)
  if (isRebuilt) return rebuildIndex(task, live, known, figures)
  if (live === undefined) throw new Error('A collection that cannot be created must be there')
  await updateIndex(task, live, known, figures)
}

/** @throws SearchError with everything that the documents or the server do not fit */
async function expectFit({ config, index, session }: SearchTask): Promise<void> {
  const { errors } = await checkIndex(session, config, index)
  if (errors.length > 0)
    throw new SearchError(`${config.name}: the search index cannot take the documents; nothing was sent`, {
      findings: errors,
    })
}

/** What would keep a search index from being brought up to date. Changes nothing. */
export async function checkIndex(
  session: Session,
  config: SearchIndexConfig,
  index: SearchTask['index'],
): Promise<{ readonly errors: readonly Finding[]; readonly notes: readonly Finding[] }> {
  const columns = await describeDocuments(session, config)
  const findings = [...checkColumns(config, columns), ...(await index.check(columns))]
  return {
    errors: findings.filter(({ severity }) => severity === 'error'),
    notes: findings.filter(({ severity }) => severity === 'note'),
  }
}

/** The columns of the query. Those of types of documents are mbsync's own, whatever the types are made of. */
async function describeDocuments(session: Session, config: SearchIndexConfig): Promise<DocumentColumn[]> {
  const entities = entitiesOf(config)
  for (const entity of entities) await describe(session, `${config.name}.${entity.name}`, entitySql(entity))
  const sql = entities.length > 0 ? documentsSql(entities, { kind: 'all' }) : queryOf(config).sql
  return describeColumns(session, sql, config.name)
}

async function describe(session: Session, subject: string, sql: string) {
  return session.describe(sql).catch((cause: unknown) => {
    if (!(cause instanceof MbsyncError)) throw cause
    throw new SearchError(`${subject}: the query does not run: ${cause.message}`, {
      cause,
      hint: hintFor(cause),
    })
  })
}

function hintFor(cause: MbsyncError): string {
  return cause instanceof DatabaseError && cause.sqlState === PERMISSION_DENIED
    ? 'GRANT SELECT on the tables of the query, and USAGE on their schemas, to the role of the target.'
    : 'It runs on the target, as one SELECT without a semicolon. Write the names of tables with their schema, such as public."Product".'
}

const PERMISSION_DENIED = '42501'

async function describeColumns(session: Session, sql: string, subject: string): Promise<DocumentColumn[]> {
  const described = await describe(session, subject, sql)
  return session.query<DocumentColumn & Record<string, unknown>>(
    `SELECT c.name, format_type(c.type, c.modifier) AS type
     FROM unnest($1::text[], $2::oid[], $3::int[]) AS c (name, type, modifier)`,
    [
      described.map(({ name }) => name),
      described.map(({ typeOid }) => typeOid),
      described.map(({ typeModifier }) => typeModifier),
    ],
  )
}

function checkColumns({ name, idColumn }: SearchIndexConfig, columns: readonly DocumentColumn[]): Finding[] {
  const names = columns.map((column) => column.name)
  const twice = [...new Set(names.filter((each, at) => names.indexOf(each) !== at))]
  const error = (message: string, hint: string): Finding => ({
    severity: 'error',
    subject: name,
    message,
    hint,
  })
  return [
    ...(names.includes(idColumn)
      ? []
      : [
          error(
            `its query has no column "${idColumn}" for the ids of documents`,
            'Name the column that holds them with `id`.',
          ),
        ]),
    ...twice.map((each) =>
      error(`its query has more than one column "${each}"`, 'Give each column a name of its own with AS.'),
    ),
  ]
}

function interrupted(reason: unknown, { name }: SearchIndexConfig): unknown {
  return reason instanceof InterruptedError
    ? new InterruptedError(
        reason.signal,
        `the next run goes on with search index ${name}, and sends nothing twice`,
      )
    : reason
}
