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

test('a partitioned table is one of the tables that a finding is about, however many partitions it has', () => {
  const lacking = ['log', 'log_1', 'log_2', 'users'].map((name, oid) => ({
    table: { schema: 'public', name: name.replace(/_\d/, '') },
    partition: { oid, name: { schema: 'public', name }, isDormantOwner: false } as Lacking['partition'],
  }))
  const [finding] = lackingOnSchemas(
    { server: { role: 'me', dormantRoles: [], platform: undefined }, relations: [] },
    lacking,
    NEEDED,
  )
  expect(finding?.tables?.map(({ name }) => name)).toEqual(['log', 'users'])
  expect(finding?.message).toMatch(/^4 tables may not be used: public\.log, public\.log_1/)
})
