import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'

const SCHEMA = `CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE orders (id int PRIMARY KEY, "user" int REFERENCES users);
  CREATE TABLE lonely (id int PRIMARY KEY, secret text); INSERT INTO users SELECT generate_series(1, 3); INSERT INTO orders SELECT g, g FROM generate_series(1, 3) AS g;`

let pair: DatabasePair
const folder = mkdtempSync(join(tmpdir(), 'mbsync-drift-'))
beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} ALTER TABLE users ADD email text; INSERT INTO lonely SELECT g, 'x' FROM generate_series(1, 9) AS g;`,
    targetSql: `${SCHEMA} CREATE TABLE staging_only (id int PRIMARY KEY)`,
  })
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await pair?.drop()
})

const env = () => ({ PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url })
const file = (profile: string) => ({
  'mbsync.yaml': `profiles: { prod-to-staging: { from: production, to: staging, ${profile} } }`,
})
const countIn = async (table: string) => {
  const { rows } = await pair.target.client.query(`SELECT count(*)::int AS n FROM ${table}`)
  return rows[0].n
}

test('a run that skips drift ends with 4, and its plan, result, status and verification name what was left', async () => {
  const check = await runHere(['check', '--skip-drift'], { env: env() })
  expect(check.exitCode).toBe(0)
  expect(check.stdout).toContain('leave 2 tables as they are and end with 4')
  const { exitCode, stdout, stderr } = await runHere(['sync', '--json'], {
    env: env(),
    files: file('drift: skip'),
  })
  expect(exitCode).toBe(4)
  const { skipped, runId } = JSON.parse(stdout)
  expect(skipped).toMatchObject([
    { table: 'public.orders', reason: expect.stringMatching(/^refers to public\.users/) },
    { table: 'public.users', reason: 'column "email" is missing in the target', hint: expect.any(String) },
  ])
  expect(stderr).toContain('public.orders was left as it was')
  expect(await countIn('lonely')).toBe(9)
  const status = await runHere(['status', String(runId)], { env: env() })
  expect(status.stdout).toContain('succeeded, tables skipped')
  expect(status.stdout).toMatch(/Incomplete +2 tables were left as they were: public\.orders, public\.users/)
  expect(status.stdout).toContain('public.users was left as it was: column "email" is missing in the target')
  const list = await runHere(['status'], { env: env() })
  expect(list.stdout).toContain(`Run ${runId}: 2 tables were left as they were: public.orders, public.users`)
  const verified = await runHere(['verify', '--skip-drift'], { env: env() })
  expect(verified.exitCode).toBe(4)
  expect(verified.stdout).toContain('1 table equal, 2 not compared')
})

test('tables and rows can be left out for one run, as of a dump', async () => {
  const dump = join(folder, 'dump')
  const exported = await runHere(['export', '--output', dump], { env: env() })
  expect(exported.exitCode, exported.stderr).toBe(0)
  const where = ['--where', 'lonely=id < 6', '--where', "public.lonely=secret = 'x' -- AND"]
  for (const command of [['sync'], ['import', dump, '--to', 'staging']]) {
    await pair.target.client.query('TRUNCATE lonely')
    const refused = await runHere([...command, ...where], { env: env() })
    expect(refused.exitCode, 'without the table that does not fit').toBe(3)
    const run = await runHere([...command, ...where, '--exclude', 'users', '--exclude', 'orders'], {
      env: env(),
    })
    expect(run.exitCode, run.stderr).toBe(0)
    expect(await countIn('lonely')).toBe(5)
    const skipping = await runHere([...command, '--skip-drift'], { env: env() })
    expect(skipping.exitCode, skipping.stderr).toBe(4)
    expect(await countIn('lonely')).toBe(9)
  }
  const alone = ['--exclude', 'users', '--exclude', 'orders']
  const some = await runHere(['verify', '--where', 'lonely=id < 6', ...alone], { env: env() })
  expect(some.exitCode, 'the target has more').toBe(5)
})

test.each([
  ['sync', 'lonely'],
  ['check', 'public.*=true'],
  ['verify', 'lonely= '],
])('%s with a condition that is none: %s', async (command, condition) => {
  const { exitCode, stderr } = await runHere([command, '--where', condition], { env: env() })
  expect(exitCode, stderr).toBe(2)
})

test('a condition that is not valid is refused, and no other statement can hide in it', async () => {
  const dump = join(folder, 'dump')
  const alone = ['--exclude', 'users', '--exclude', 'orders']
  for (const condition of ['nmae = 1', 'true) OR (true', 'true; DROP TABLE lonely'])
    for (const command of [['sync'], ['import', dump, '--to', 'staging']]) {
      const args = [...command, ...alone, '--where', `lonely=${condition}`]
      const { exitCode, stderr } = await runHere(args, { env: env() })
      expect(exitCode, `${args.join(' ')}\n${stderr}`).toBe(3)
    }
  expect(await countIn('lonely')).toBe(9)
})

test('an empty target is one failure with one cure, and accepted warnings are only counted', async () => {
  const empty = await createDatabasePair()
  const histories = ['schema_migrations', 'ar_internal_metadata']
  try {
    await pair.source.client.query(`CREATE TABLE schema_migrations (version varchar PRIMARY KEY);
      CREATE TABLE ar_internal_metadata (key varchar PRIMARY KEY, value varchar)`)
    const { exitCode, stdout } = await runHere(['check', '--json'], {
      env: { ...env(), STAGING_DATABASE_URL: empty.target.url },
      files: file('accept: [role, tls]'),
    })
    expect(exitCode).toBe(3)
    const { checks } = JSON.parse(stdout)
    const failures = checks.filter(({ status }: { status: string }) => status === 'failure')
    expect(failures).toMatchObject([
      { message: 'has none of the 3 tables', hint: expect.stringContaining('--create-schema') },
    ])
    const unsaid = ['role', 'left-alone']
    expect(checks.filter(({ code = '' }: { code?: string }) => unsaid.includes(code))).toEqual([])
    expect(checks.at(-1).message).toBe('Accepted, and not shown: 2 × role, 0 × tls')
  } finally {
    await pair.source.client.query(`DROP TABLE ${histories.join(', ')}`)
    await empty.drop()
  }
})

test('a code that is unknown is an error with the nearest one', async () => {
  const { exitCode, stderr } = await runHere(['check'], { env: env(), files: file('accept: [rolle]') })
  expect(exitCode).toBe(2)
  expect(stderr).toContain('accept[0]: no finding has this code; did you mean `role`?')
})
