import { expect, test } from 'vitest'
import { statementsOf } from '../../../src/schema/write-script.ts'

test('a server before 17 is granted no MAINTAIN, also not by default privileges of roles with odd names', () => {
  const scope = 'ALTER DEFAULT PRIVILEGES FOR ROLE "a ""GRANT MAINTAIN ON " IN SCHEMA s'
  const known = `${scope} GRANT SELECT ON TABLES TO b`
  const grants = [known, `${scope} GRANT MAINTAIN ON TABLES TO b`, 'REVOKE MAINTAIN ON TABLE s.t FROM b']
  const object = {
    id: 'pg_default_acl:1',
    kind: 'default privileges',
    identity: 'DEFAULT PRIVILEGES FOR ROLE a ON TABLES',
    schema: undefined,
    section: 'post-data',
    create: [],
    describe: [],
    owner: undefined,
    dependsOn: [],
    grants,
  } as const
  const options = { owner: 'source', grants: 'source' } as const
  expect(statementsOf(object, { ...options, serverVersion: 160000 })).toEqual([known])
  expect(statementsOf(object, { ...options, serverVersion: 170000 })).toEqual(grants)
})
