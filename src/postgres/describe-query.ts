import type { Session } from './session.ts'
import { withUserPath } from './user-path.ts'

/**
 * The columns of a query in the configuration: see {@link Session.describe}. Its own names must be qualified; it is planned under the search path of the users, as
 * the functions that it and the indexes of its tables call may name things by it.
 */
export async function describeQuery(session: Session, select: string): ReturnType<Session['describe']> {
  await session.parse(select)
  return withUserPath(session, 'reading', () => session.describe(select))
}
