import type { SearchIndexConfig } from '../config/config.ts'
import { MbsyncError, SearchError } from '../core/errors.ts'
import type { Finding } from '../core/finding.ts'
import { describeQuery } from '../postgres/describe-query.ts'
import { DatabaseError } from '../postgres/explain-error.ts'
import type { Session } from '../postgres/session.ts'
import type { DocumentColumn, SearchFinding } from '../search/search-index.ts'
import { documentsSql, entitySql } from './documents/entities-sql.ts'
import { entitiesOf, queryOf, type SearchTask } from './search-task.ts'
import { describeUnreached } from './take-up-again.ts'

/** What would keep a search index from being brought up to date. Changes nothing. */
export async function checkIndex(
  session: Session,
  config: SearchIndexConfig,
  index: SearchTask['index'],
): Promise<{
  readonly columns: readonly DocumentColumn[]
  readonly errors: readonly Finding[]
  readonly notes: readonly Finding[]
}> {
  const columns = await describeDocuments(session, config)
  const found: SearchFinding[] = [...checkColumns(config, columns), ...(await index.check(columns))]
  const isMissing = found.some((finding) => finding.isMissing === true)
  const unreached = isMissing ? await describeUnreached(session, config, index) : undefined
  const others = unreached === undefined ? found : found.filter((finding) => finding.isMissing !== true)
  const findings = [
    ...(unreached === undefined ? [] : [unreached]),
    ...others.map(({ isMissing: _, ...finding }): Finding => finding),
  ]
  return {
    columns,
    errors: findings.filter(({ severity }) => severity === 'error'),
    notes: findings.filter(({ severity }) => severity === 'note'),
  }
}

/** The columns of the query. Those of types of documents are mbsync's own, whatever the types are made of. */
async function describeDocuments(session: Session, config: SearchIndexConfig): Promise<DocumentColumn[]> {
  const entities = entitiesOf(config)
  for (const entity of entities)
    await describe(session, `${config.name}.${entity.name}`, entitySql(entity), OF_ENTITIES)
  const sql = entities.length > 0 ? documentsSql(entities, { kind: 'all' }) : queryOf(config).sql
  return describeColumns(session, sql, config.name)
}

async function describe(session: Session, subject: string, sql: string, more = '') {
  return describeQuery(session, sql).catch((cause: unknown) => {
    if (!(cause instanceof MbsyncError)) throw cause
    throw new SearchError(`${subject}: the query does not run: ${cause.message}`, {
      cause,
      hint: hintFor(cause, more),
    })
  })
}

/** Over the columns of a row, as the rows of an entity type may lack those of the defaults. */
const OF_ENTITIES =
  " `id`, `global` and `tenant` of an entity type are the columns id, is_global and tenant_id unless it says otherwise: global: 'true' with tenant: 'NULL' is for all tenants, and `global` is a boolean."

function hintFor(cause: MbsyncError, more: string): string {
  if (cause.message.includes('row-level security'))
    return 'Its rows are hidden from the role of the target: give it BYPASSRLS, or ALTER TABLE … NO FORCE ROW LEVEL SECURITY.'
  return cause instanceof DatabaseError && cause.sqlState === PERMISSION_DENIED
    ? 'GRANT SELECT on the tables of the query, and USAGE on their schemas, to the role of the target.'
    : `It runs on the target, as one SELECT without a semicolon. Write the names of tables with their schema, such as public."Product".${more}`
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
            'Name the id column with `id`.',
          ),
        ]),
    ...twice.map((each) =>
      error(`its query has more than one column "${each}"`, 'Give each column its own name with AS.'),
    ),
  ]
}
