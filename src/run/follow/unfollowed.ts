import type { Warning } from '../run-result.ts'

/** A change of the schema that a run could not make after its rows. */
export interface Unfollowed extends Warning {
  /** What PostgreSQL calls the object. */
  readonly identity: string
}

const SAID = 'does not follow the schema of the source yet'

/** What is said of an object whose change has failed. */
export function unfollowed(identity: string, error: unknown, hint: string): Unfollowed {
  const reason = error instanceof Error ? error.message : String(error)
  return { identity, message: `${identity} ${SAID}: ${reason}`, hint }
}

/** The objects that the warnings of a run that is over name as not following the schema of the source. */
export function findUnfollowed(warnings: readonly Pick<Warning, 'message'>[]): string[] {
  return warnings.flatMap(({ message }) => {
    const at = message.indexOf(` ${SAID}: `)
    return at < 0 ? [] : [message.slice(0, at)]
  })
}

/** The same as warnings of the result. */
export function warningsOf(all: readonly Unfollowed[]): Warning[] {
  return all.map(({ identity: _, ...warning }) => warning)
}
