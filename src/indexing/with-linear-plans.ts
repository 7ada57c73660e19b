import type { Session } from '../postgres/session.ts'

/**
 * Runs statements that join tables of the state with tables of this run. Statistics of either may be wrong by any factor, as nothing has
 * analyzed what was just written: a nested loop, which looks cheap then, would compare each row with every other.
 */
export async function withLinearPlans<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.execute('SET enable_nestloop = off')
  const result = await work()
  await session.execute('RESET enable_nestloop')
  return result
}
