import type { RunRules } from '../../config/config.ts'
import { listRelations, type RelationKind } from '../../postgres/catalog/list-relations.ts'
import type { Session } from '../../postgres/session.ts'
import { isWanted } from '../../progress/confirm.ts'
import type { JobContext } from '../../progress/job-context.ts'
import type { Origin } from '../origin.ts'
import type { RunOptions } from '../run-plan.ts'

/** What a run creates: the whole schema of the source, or the tables of the run that the target lacks and what these need. */
export type CreationScope = 'everything' | 'missing tables'

/**
 * Decides what a run creates in its target; undefined for nothing. On a terminal, it offers to fill an empty target.
 * @param leftovers what a run without success has left, by id; the next run drops it first
 * @param context how to offer it; undefined if it is not offered, such as for a target that runs have written to
 */
export async function decideScope(
  session: Session,
  { name, givesSchema }: Pick<Origin, 'name' | 'givesSchema'>,
  { schema, to }: Pick<RunRules, 'schema' | 'to'>,
  { createsSchema = false, followsSchema = false }: Pick<RunOptions, 'createsSchema' | 'followsSchema'>,
  {
    context,
    leftovers = new Set(),
  }: { readonly context?: JobContext; readonly leftovers?: ReadonlySet<string> },
): Promise<CreationScope | undefined> {
  const isAsked = createsSchema || followsSchema || schema !== 'check'
  const isOffered = context !== undefined && givesSchema === 'if wanted'
  if (!isAsked && !isOffered && givesSchema !== 'to empty targets') return undefined
  const isEmpty = await hasNoRelations(session, leftovers)
  if (isAsked) return isEmpty ? 'everything' : 'missing tables'
  if (!isEmpty) return undefined
  if (!isOffered) return 'everything'
  const message = `The target "${to.name}" is empty: create the schema of "${name}" in it?`
  const hint = 'Run it with --create-schema.'
  return (await isWanted(context, { message, details: [], hint })) ? 'everything' : undefined
}

/** Objects of a host or an extension exist before any application uses the database. */
async function hasNoRelations(session: Session, leftovers: ReadonlySet<string>): Promise<boolean> {
  const relations = await listRelations(session)
  return relations.every(({ oid, kind, platform }) => {
    return platform !== undefined || BESIDES.has(kind) || leftovers.has(`pg_class:${oid}`)
  })
}

/** Kinds of objects that hold no data. */
const BESIDES = new Set<RelationKind>(['object of an extension', 'index', 'composite type'])
