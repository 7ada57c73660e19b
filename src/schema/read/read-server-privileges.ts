import { groupBy } from '../../core/group-by.ts'
import type { Session } from '../../postgres/session.ts'
import { rolesOf, writeGrants } from '../write-grants.ts'
import type { ReadObjects } from './read-context.ts'
import { readGrants } from './read-grants.ts'

/** Reads changed privileges on objects that came with the server, such as a function of `pg_catalog`. */
export async function readServerPrivileges(session: Session): Promise<ReadObjects> {
  const changed = groupBy(await readGrants(session, 'server'), ({ target }) => target)
  return {
    objects: [...changed].map(([target, privileges]) => ({
      id: `privileges:${privileges[0]?.id}`,
      kind: 'privileges',
      identity: `PRIVILEGES ON ${target}`,
      schema: undefined,
      section: 'post-data',
      create: [],
      owner: undefined,
      grants: privileges.flatMap((each) => writeGrants(each, target)),
      grantedTo: [...new Set(privileges.flatMap(rolesOf))].sort(),
      superuserReason: 'only a superuser can change privileges on what the server came with',
    })),
  }
}
