import { expect, test } from 'vitest'
import { type Lacking, lackingOnSchemas } from '../../../src/transfer/validate/lacking-privileges.ts'

const NEEDED = { message: 'may not be used', hint: (on: string, role: string) => `GRANT ${on} TO ${role}` }

function findings(tables: readonly { name: string; platform?: string }[]): string[] {
  const relations = tables.map(({ platform }, oid) => ({ oid, platform }))
  const lacking = tables.map(({ name }, oid) => {
    const table = { schema: 'auth', name }
    return {
      table,
      partition: { oid, name: table, owner: 'auth_admin', isDormantOwner: false } as Lacking['partition'],
    }
  })
  const server = { role: 'me', dormantRoles: [], platform: undefined }
  return lackingOnSchemas({ server, relations }, lacking, NEEDED).map((each) => each.hint ?? '')
}

test('advice about a schema of a host leaves out all of its tables, and only where all are the host’s', () => {
  const users = { name: 'users', platform: 'Supabase' }
  const sessions = { name: 'sessions', platform: 'Supabase' }
  const [both = ''] = findings([users, sessions])
  expect(both).toContain("remove it from `include` (or --table), or exclude: ['auth.*'].")
  const [one = ''] = findings([users])
  expect(one).toContain("exclude: ['auth.users'].")
  expect(findings([users, { name: 'own' }])).toEqual(['GRANT "auth" TO "me"'])
})
