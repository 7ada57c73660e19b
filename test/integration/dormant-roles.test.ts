import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Finding } from '../../src/core/finding.ts'
import { asSuperuser, createDatabasePair, createRole, type DatabasePair } from '../support/databases.ts'
import { runPlan, runSync, type TestRunOptions } from '../support/run-sync.ts'

const SCHEMA = `CREATE SCHEMA shop;
  CREATE TABLE shop.plain (id int PRIMARY KEY);
  CREATE TABLE shop.hidden (id int PRIMARY KEY); ALTER TABLE shop.hidden ENABLE ROW LEVEL SECURITY;
  CREATE TABLE shop.forced (id int PRIMARY KEY); ALTER TABLE shop.forced ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`
const ROWS = ['plain', 'hidden', 'forced'].map((table) => `INSERT INTO shop.${table} VALUES (1);`).join(' ')

/** A role that is a member of the owner of everything and does not inherit its rights, on each side. */
interface Member {
  readonly name: string
  readonly owner: string
}

let pair: DatabasePair
let reader: Member
let writer: Member
let findings: readonly Finding[]
beforeAll(async () => {
  pair = await createDatabasePair({ sourceSql: `${SCHEMA} ${ROWS}`, targetSql: SCHEMA })
  reader = await createMember('sourceUrl')
  writer = await createMember('targetUrl')
  await pair.source.client.query(giveTo(reader.owner, pair.source.name))
  await pair.target.client.query(giveTo(writer.owner, pair.target.name))
  findings = (await runPlan(pair, urls(''))).findings
})
afterAll(() => pair?.drop())

async function createMember(cluster: 'sourceUrl' | 'targetUrl'): Promise<Member> {
  const [owner, name] = [await createRole(inject(cluster)), await createRole(inject(cluster))]
  await asSuperuser(inject(cluster), (admin) =>
    admin.query(`ALTER ROLE ${name} NOINHERIT; GRANT ${owner} TO ${name}`),
  )
  return { owner, name }
}

function giveTo(owner: string, database: string): string {
  const tables = ['plain', 'hidden', 'forced'].map((table) => `ALTER TABLE shop.${table} OWNER TO ${owner};`)
  return `ALTER SCHEMA shop OWNER TO ${owner}; ${tables.join(' ')} GRANT CREATE ON DATABASE ${database} TO ${owner}`
}

/** Both URLs for the members, with what a hint says of `options`. */
function urls(options: string, overrides: TestRunOptions['profile'] = {}): TestRunOptions {
  const url = (side: 'source' | 'target', { name, owner }: Member) =>
    `${pair[side].urlFor(name, name)}${options === '' ? '' : `&${options.replace('…', owner)}`}`
  return {
    profile: {
      from: { name: 'production', url: url('source', reader), isProtected: true },
      to: { name: 'staging', url: url('target', writer), isProtected: false },
      ...overrides,
    },
  }
}

function hintOf(subject: string, message: string): string | undefined {
  return findings.find((finding) => finding.subject === subject && finding.message.startsWith(message))?.hint
}

test('a member that does not inherit is told how it comes to its rights, whatever it lacks', () => {
  const ways = ({ owner }: Member) =>
    `The role is a member of ${owner} and does not inherit its rights: add options=-c%20role%3D${owner} to the URL, as SET ROLE does, and keep it, as mbsync's schemas then belong to ${owner}; or GRANT "${owner}" TO … WITH INHERIT TRUE (before PostgreSQL 16: ALTER ROLE … INHERIT).`
  expect(hintOf('shop.plain', 'may not be read in the source')).toBe(ways(reader))
  expect(hintOf('shop.hidden', 'has row-level security that would hide rows of the source')).toBe(
    ways(reader),
  )
  expect(hintOf('schema shop', '3 tables are in a schema of the target')).toBe(ways(writer))
  expect(hintOf('shop.hidden', 'has row-level security that would hide rows of the target')).toBe(
    ways(writer),
  )
  expect(hintOf('staging', 'schema mbsync cannot be created')).toContain(ways(writer))
  const forced = hintOf('shop.forced', 'has row-level security that would hide rows of the source')
  expect(forced, 'it is forced on the owner, too').toContain('Use a role with BYPASSRLS')
  expect(forced).toContain("exclude: ['shop.forced']")
})

test('what the hints say works: options in both URLs, and NO FORCE or BYPASSRLS for policies that are forced', async () => {
  const byOption = urls('options=-c%20role%3D…')
  const refused = (await runPlan(pair, byOption)).findings.filter(({ severity }) => severity === 'error')
  expect(refused.map(({ subject, message }) => `${subject} ${message}`)).toEqual([
    'shop.forced has row-level security that would hide rows of the source',
    'shop.forced row-level security is forced on its owner',
  ])
  await pair.source.client.query('ALTER TABLE shop.forced NO FORCE ROW LEVEL SECURITY')
  await runSync(pair, { ...byOption, allowBlocking: true })
  for (const table of ['plain', 'hidden', 'forced'])
    expect((await pair.target.client.query(`TABLE shop.${table}`)).rows, table).toEqual([{ id: 1 }])
})

test('what the hints say works: to inherit', async () => {
  // A run as the owner has left a state that is the owner's.
  await pair.target.client.query('DROP SCHEMA mbsync, mbsync_landing, mbsync_undo CASCADE')
  await asSuperuser(inject('sourceUrl'), (admin) =>
    admin.query(`GRANT ${reader.owner} TO ${reader.name} WITH INHERIT TRUE`),
  )
  await asSuperuser(inject('targetUrl'), (admin) =>
    admin.query(`GRANT ${writer.owner} TO ${writer.name} WITH INHERIT TRUE`),
  )
  const plan = await runPlan(pair, { ...urls(''), allowBlocking: true })
  expect(plan.findings.filter(({ severity }) => severity === 'error')).toEqual([])
})

test('membership WITH SET FALSE is no way to the rights of the owner: nothing is said of it', async () => {
  await asSuperuser(inject('targetUrl'), (admin) =>
    admin.query(`GRANT ${writer.owner} TO ${writer.name} WITH INHERIT FALSE, SET FALSE`),
  )
  const plan = await runPlan(pair, urls(''))
  const errors = plan.findings.filter(({ severity }) => severity === 'error')
  expect(errors).not.toEqual([])
  for (const { hint } of errors) expect(hint).not.toContain(`is a member of ${writer.owner}`)
})
