import type { RunRules } from '../../config/config.ts'
import type { Selection } from '../../transfer/inspect/inspection.ts'
import type { Origin } from '../origin.ts'
import type { RunOptions } from '../run-plan.ts'
import type { CreationWish } from './create-missing.ts'
import type { CreationScope } from './decide-scope.ts'

/** The history of migrations belongs to the schema, so it is copied with it. */
export function selectFor(scope: CreationScope | undefined, selection: Selection): Selection {
  return scope === 'everything' ? { ...selection, takesHistories: true } : selection
}

/** Tables that do not exist yet have no readers. */
export function optionsFor(scope: CreationScope | undefined, options: RunOptions): RunOptions {
  return scope === 'everything' ? { ...options, allowBlocking: true } : options
}

/** What must be created in that scope, and whether existing tables follow the source. */
export function wishOf(
  {
    origin,
    rules,
    options,
  }: { readonly origin: Origin; readonly rules: RunRules; readonly options: RunOptions },
  scope: CreationScope,
): CreationWish {
  const follows = options.followsSchema === true || rules.schema === 'follow'
  return { scope, origin, rules, options, follows }
}
