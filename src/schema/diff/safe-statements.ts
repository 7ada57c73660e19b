import type { SchemaDiff } from './compare-schemas.ts'
import type { Change, Statements } from './difference.ts'

/** The statements of a difference that lose nothing, in the order of their execution. */
export interface SafeStatements {
  /** Before the transaction, each on its own: new labels of enums, which cannot be used in the transaction that adds them. */
  readonly before: readonly string[]
  /** All in one transaction. */
  readonly within: readonly string[]
  /** Afterwards, each on its own: what rows of the target may violate. */
  readonly after: readonly string[]
}

/** Puts all changes that need no review into an order in which none misses what it needs. */
export function safeStatements({ differences, recreations }: SchemaDiff): SafeStatements {
  const changes = differences.flatMap(({ place, changes: own }) =>
    own.map((change) => ({ place, ...change })),
  )
  const own = changes.filter((change) => isSafe(change) && change.isRecreation !== true)
  const steps = [...own, ...recreations].sort((a, b) => a.place - b.place)
  const of = (phase: keyof Statements) => steps.flatMap(({ statements }) => statements[phase] ?? [])
  const drops = [...recreations]
    .sort((a, b) => b.dropPlace - a.dropPlace)
    .flatMap(({ statements }) => statements.drop ?? [])
  const settings = own.flatMap(({ statements }) => statements.drop ?? [])
  return { before: of('before'), within: [...settings, ...drops, ...of('within')], after: of('after') }
}

/** Whether a change loses nothing. */
export function isSafe({ review }: Pick<Change, 'review'>): boolean {
  return review === undefined
}
