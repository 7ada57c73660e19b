import type { RunRules } from '../../config/config.ts'
import { listRelations, type RelationKind } from '../../postgres/catalog/list-relations.ts'
import type { Session } from '../../postgres/session.ts'
import { isWanted } from '../../progress/confirm.ts'
import type { JobContext } from '../../progress/job-context.ts'
import type { Origin } from '../origin.ts'
import type { RunOptions } from '../run-plan.ts'

/** What a run creates: the whole schema of the source, or the tables of the run that the target lacks with what they need. */
export type CreationScope = 'everything' | 'missing tables'

/**
 * Decides what a run creates in its target; undefined for nothing. An empty target is offered to be filled where a terminal can be asked.
 * @param leftovers what a run without success has left, which the next one drops first, by id
 * @param context how it is offered; undefined where it is not, as in a target that runs have written to
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

/** What belongs to a host or an extension is there before an application has come. */
async function hasNoRelations(session: Session, leftovers: ReadonlySet<string>): Promise<boolean> {
  const relations = await listRelations(session)
  return relations.every(({ oid, kind, platform }) => {
    return platform !== undefined || BESIDES.has(kind) || leftovers.has(`pg_class:${oid}`)
  })
}

/** What holds nothing by itself. */
const BESIDES = new Set<RelationKind>(['object of an extension', 'index', 'composite type'])
