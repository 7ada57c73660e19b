import type { SchemaDiff } from './compare-schemas.ts'
import type { Change, Statements } from './difference.ts'

/** One statement, and the object that it is about. */
export interface Step {
  /** What PostgreSQL calls the object. */
  readonly identity: string
  readonly sql: string
}

/** The statements of a difference that lose nothing, in the order of their execution. */
export interface SafeSteps {
  /** Before the transaction, each on its own: new labels of enums, which cannot be used in the transaction that adds them. */
  readonly before: readonly Step[]
  /** All in one transaction. */
  readonly within: readonly Step[]
  /** Afterwards, each on its own: what rows of the target may violate. */
  readonly after: readonly Step[]
}

/** Puts all changes that need no review into an order in which none misses what it needs. */
export function safeSteps({ differences, recreations }: SchemaDiff): SafeSteps {
  const changes = differences.flatMap(({ place, identity, changes: all }) =>
    all.map(({ part = identity, ...change }) => ({ place, ...change, identity: part })),
  )
  const own = changes.filter((change) => isSafe(change) && change.isRecreation !== true)
  const all = [...own, ...recreations].sort((a, b) => a.place - b.place)
  const drops = [...recreations].sort((a, b) => b.dropPlace - a.dropPlace)
  return {
    before: stepsOf(all, 'before'),
    within: [...stepsOf(own, 'drop'), ...stepsOf(drops, 'drop'), ...stepsOf(all, 'within')],
    after: stepsOf(all, 'after'),
  }
}

/** Whether a change loses nothing. */
export function isSafe({ review }: Pick<Change, 'review'>): boolean {
  return review === undefined
}

function stepsOf(
  sources: readonly { readonly identity: string; readonly statements: Statements }[],
  phase: keyof Statements,
): Step[] {
  return sources.flatMap(({ identity, statements }) =>
    (statements[phase] ?? []).map((sql) => ({ identity, sql })),
  )
}
