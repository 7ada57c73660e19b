import type { Step } from '../../schema/diff/safe-statements.ts'
import type { Warning } from '../run-result.ts'

/** A change of the schema that a run could not make after its rows had arrived. */
export interface Unfollowed extends Warning {
  /** The object, as PostgreSQL calls it. */
  readonly identity: string
  /** The statements that have not been executed. */
  readonly steps: readonly Step[]
  /** What PostgreSQL calls the objects that have the definition that they had. */
  readonly stays: readonly string[]
}

const SAID = 'does not follow the schema of the source yet'

/** The warning about an object whose change has failed. */
export function unfollowed(
  identity: string,
  error: unknown,
  hint: string,
  { steps, stays = [] }: Pick<Unfollowed, 'steps'> & Partial<Pick<Unfollowed, 'stays'>>,
): Unfollowed {
  const reason = error instanceof Error ? error.message : String(error)
  return { identity, message: `${identity} ${SAID}: ${reason}`, hint, steps, stays }
}

/** The objects that do not follow the schema of the source, according to the warnings of a finished run. */
export function findUnfollowed(warnings: readonly Pick<Warning, 'message'>[]): string[] {
  return warnings.flatMap(({ message }) => {
    const at = message.indexOf(` ${SAID}: `)
    return at < 0 ? [] : [message.slice(0, at)]
  })
}

/** The same objects, as warnings of a result. */
export function warningsOf(all: readonly Unfollowed[]): Warning[] {
  return all.map(({ identity: _, steps: __, stays: ___, ...warning }) => warning)
}
