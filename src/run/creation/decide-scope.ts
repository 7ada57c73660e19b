import type { RunRules } from '../../config/config.ts'
import { listRelations } from '../../postgres/catalog/list-relations.ts'
import type { Session } from '../../postgres/session.ts'
import { isWanted } from '../../progress/confirm.ts'
import type { Watch } from '../../progress/watch.ts'
import type { Origin } from '../run-into.ts'
import type { RunOptions } from '../run-plan.ts'

/** What a run creates: the whole schema of the source, or the tables of the run that the target lacks with what they need. */
export type CreationScope = 'everything' | 'missing tables'

/**
 * Decides what a run creates in its target; undefined for nothing. An empty target is offered to be filled where a terminal can be asked.
 * @param watch how it is offered; undefined for a look that asks nothing
 */
export async function decideScope(
  session: Session,
  { name, fillsEmpty }: Pick<Origin, 'name' | 'fillsEmpty'>,
  { schema, to }: Pick<RunRules, 'schema' | 'to'>,
  { createsSchema = false }: Pick<RunOptions, 'createsSchema'>,
  watch: Watch | undefined,
): Promise<CreationScope | undefined> {
  const isEmpty = await hasNoRelations(session)
  if (createsSchema || schema === 'create') return isEmpty ? 'everything' : 'missing tables'
  if (!isEmpty) return undefined
  if (fillsEmpty) return 'everything'
  if (watch === undefined) return undefined
  const message = `The target "${to.name}" is empty: create the schema of "${name}" in it?`
  const hint = 'Run it with --create-schema.'
  return (await isWanted(watch, { message, details: [], hint })) ? 'everything' : undefined
}

/** What belongs to a host or an extension is there before an application has come. */
async function hasNoRelations(session: Session): Promise<boolean> {
  const relations = await listRelations(session)
  return relations.every(({ kind, platform }) => {
    return platform !== undefined || kind === 'object of an extension' || kind === 'index'
  })
}
