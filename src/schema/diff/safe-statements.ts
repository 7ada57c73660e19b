import { groupBy } from '../../core/group-by.ts'
import type { SchemaDiff } from './compare-schemas.ts'
import type { Change, Statements } from './difference.ts'
import type { LateGroup } from './late-recreations.ts'

/** One statement, and the object that it is about. */
export interface Step {
  /** What PostgreSQL calls the object. */
  readonly identity: string
  readonly sql: string
}

/** The statements of a difference that lose nothing, in the order of their execution. */
export interface SafeSteps {
  /** Before the transaction, each in its own: new labels of enums, which cannot be used in the transaction that adds them. */
  readonly before: readonly Step[]
  /** All in one transaction. */
  readonly within: readonly Step[]
  /** Objects that rows of the target may violate, and that have another definition there. */
  readonly replaced: readonly Replacement[]
  /** Afterwards, each in its own transaction: objects that rows of the target may violate. */
  readonly after: readonly Step[]
}

/** Objects that are dropped and created again in one transaction. If a row violates the new definition, the old one stays. */
export interface Replacement {
  readonly drop: readonly Step[]
  readonly again: readonly Step[]
  /** Creates the dropped objects as they were. */
  readonly back: readonly Step[]
  /** Whether the statements of `within` require these objects to be dropped before. */
  readonly isNeededWithin: boolean
}

/** Orders all changes that need no review so that each finds what it needs. */
export function safeSteps({ differences, recreations }: SchemaDiff): SafeSteps {
  const changes = differences.flatMap(({ place, identity, ids, changes: all }) =>
    all.map(({ part = identity, ...change }) => ({ place, ...change, identity: part, source: ids.source })),
  )
  const own = changes.filter((change) => isSafe(change) && change.isRecreation !== true)
  const early = recreations.filter(({ late }) => late === undefined)
  const groupOf = new Map(recreations.flatMap(({ late, needs }) => needs.map((id) => [id, late] as const)))
  const joining = (change: (typeof own)[number]) =>
    change.source !== undefined && (change.statements.after ?? []).length > 0
      ? groupOf.get(change.source)
      : undefined
  const all = [...own, ...early].sort(byPlace)
  const rest = [...own.filter((change) => joining(change) === undefined), ...early].sort(byPlace)
  return {
    before: stepsOf(all, 'before'),
    within: [...stepsOf(own, 'drop'), ...dropsOf(early), ...stepsOf(all, 'within')],
    replaced: replacementsOf(recreations, (group) => own.filter((change) => joining(change) === group)),
    after: stepsOf(rest, 'after'),
  }
}

/** New objects that a replaced one needs are created together with it. */
function replacementsOf(
  recreations: SchemaDiff['recreations'],
  newIn: (group: LateGroup) => readonly Placed[],
): Replacement[] {
  const groups = groupBy(recreations, ({ late }) => late)
  return [...groups].flatMap(([late, members]) => {
    if (late === undefined) return []
    const isNew = newIn(late).map(({ statements: { after = [] }, ...each }) => ({
      ...each,
      statements: { after },
    }))
    const again = [...members, ...isNew]
      .sort(byPlace)
      .flatMap((each) => [...stepsOf([each], 'within'), ...stepsOf([each], 'after')])
    const old = [...members].sort((a, b) => a.dropPlace - b.dropPlace)
    const back = old.flatMap((member) => member.back.map((sql) => ({ identity: member.identity, sql })))
    return [{ drop: dropsOf(members), again, back, isNeededWithin: late.isNeededWithin }]
  })
}

/** Statements about an object, and their position. */
interface Placed {
  readonly place: number
  readonly identity: string
  readonly statements: Statements
}

function dropsOf(recreations: SchemaDiff['recreations']): Step[] {
  return stepsOf(
    [...recreations].sort((a, b) => b.dropPlace - a.dropPlace),
    'drop',
  )
}

function byPlace(a: Pick<Placed, 'place'>, b: Pick<Placed, 'place'>): number {
  return a.place - b.place
}

/** Whether a change loses nothing. */
export function isSafe({ review }: Pick<Change, 'review'>): boolean {
  return review === undefined
}

function stepsOf(
  sources: readonly Pick<Placed, 'identity' | 'statements'>[],
  phase: keyof Statements,
): Step[] {
  return sources.flatMap(({ identity, statements }) =>
    (statements[phase] ?? []).map((sql) => ({ identity, sql })),
  )
}
