import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { CTRL_C, onTerminal } from '../support/on-terminal.ts'
import { runHere, runMbsync } from '../support/run-mbsync.ts'
import { hasProgram } from '../support/run-program.ts'

/** A database that mbsync has never written to may be there by mistake: nothing in it is lost before it was confirmed. */

const SCHEMA =
  'CREATE TABLE item (id int PRIMARY KEY, body text); CREATE TABLE "Odd one" (id int); CREATE TABLE empty (id int);'

let pair: DatabasePair
let folder: string

async function fill(): Promise<void> {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO item VALUES (1, 'a'), (2, 'b'); INSERT INTO empty VALUES (1)`,
    targetSql: `${SCHEMA} INSERT INTO item SELECT i, 'precious' FROM generate_series(2, 1300) i; INSERT INTO "Odd one" VALUES (1)`,
  })
  folder = mkdtempSync(join(tmpdir(), 'mbsync-confirmation-'))
}

async function clear(): Promise<void> {
  await pair?.drop()
  rmSync(folder, { recursive: true })
}

const urls = () => ({ PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url })
const unconfirmed = () => ({ ...urls(), MBSYNC_YES: '' })
const count = async () => (await pair.target.client.query('SELECT FROM item')).rowCount

async function expectUntouched(): Promise<void> {
  expect(await count()).toBe(1299)
  const { rowCount } = await pair.target.client.query(`SELECT FROM pg_namespace WHERE nspname ~ '^mbsync'`)
  expect(rowCount, 'not even a schema is created').toBe(0)
}

const MESSAGE =
  'mbsync has not written to "staging" before: the run would delete or overwrite up to 1,300 rows in 2 tables'
const FINDINGS = [
  { severity: 'note', subject: 'public.item', message: '1,299 rows in the target' },
  { severity: 'note', subject: 'public."Odd one"', message: '1 row in the target' },
]

describe('before the first run into a database with rows', () => {
  beforeAll(fill)
  afterAll(clear)

  test('without a terminal it is refused, with the rows of each table and how to confirm it', async () => {
    const { exitCode, stdout } = await runMbsync(['sync', '--json'], { env: unconfirmed() })
    expect(exitCode).toBe(3)
    const { error } = JSON.parse(stdout)
    expect(error).toMatchObject({ message: MESSAGE, findings: FINDINGS })
    expect(error.hint).toMatch(/MBSYNC_YES=1, to confirm; later runs do not ask/)
    await expectUntouched()
  })

  test.each([
    [['sync', '--quiet'], ''],
    [['full-sync', '--allow-blocking'], ''],
    [['sync'], 'true'],
    [['sync'], '0'],
  ])('neither %j nor MBSYNC_YES=%j confirms it', async (args, MBSYNC_YES) => {
    const { exitCode, stderr } = await runHere(args, { env: { ...urls(), MBSYNC_YES } })
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('up to 1,300 rows in 2 tables')])
    await expectUntouched()
  })

  test('an import is refused in the same way', async () => {
    const dump = join(folder, 'dump')
    await runHere(['export', '--output', dump], { env: urls() })
    const { exitCode, stderr } = await runHere(['import', dump, '--to', 'staging'], { env: unconfirmed() })
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('up to 1,300 rows in 2 tables')])
    await expectUntouched()
  })

  test('check and --dry-run warn of it, and would run', async () => {
    const checked = await runHere(['check', '--json'], { env: unconfirmed() })
    expect(checked.exitCode).toBe(0)
    expect(JSON.parse(checked.stdout).checks).toContainEqual(
      expect.objectContaining({ status: 'warning', subject: 'staging', message: MESSAGE }),
    )
    const planned = await runHere(['sync', '--dry-run'], { env: unconfirmed() })
    expect([planned.exitCode, planned.stdout]).toEqual([0, expect.stringContaining(MESSAGE)])
    await expectUntouched()
  })

  test.skipIf(!hasProgram('script'))(
    'on a terminal it asks, and anything but yes is a no (needs `script`, which makes one)',
    async () => {
      for (const text of ['y', '', 'no']) {
        const typed = [{ after: 'Type yes to continue: ', text }]
        const { exitCode, output } = await onTerminal(['sync'], { cwd: folder, env: urls(), typed })
        expect([exitCode, output]).toEqual([3, expect.stringContaining('Not confirmed: nothing has changed')])
        expect(output.replaceAll(/\s+/g, ' ')).toContain(MESSAGE)
        expect(output).toContain('public.item: 1,299 rows in the target')
      }
      const json = await onTerminal(['sync', '--json'], { cwd: folder, env: urls(), typed: [] })
      expect(json.exitCode, 'what a program reads is never asked').toBe(3)
      await expectUntouched()
    },
  )

  test('tables that are empty, or not of the run, are not asked about', async () => {
    const { exitCode, stderr } = await runHere(['sync', '--table', 'empty'], { env: unconfirmed() })
    expect(exitCode, stderr).toBe(0)
    expect(await count()).toBe(1299)
  })
})

describe('once it was confirmed', () => {
  beforeEach(fill)
  afterEach(clear)

  test('with --yes, later runs do not ask, also after a rollback, which does', async () => {
    const env = unconfirmed()
    expect((await runHere(['sync', '--yes'], { env })).exitCode).toBe(0)
    expect((await runHere(['sync'], { env })).exitCode).toBe(0)
    await pair.source.client.query(
      `DELETE FROM item WHERE id = 1; UPDATE item SET body = 'c'; INSERT INTO item VALUES (3), (4)`,
    )
    expect((await runHere(['sync'], { env })).exitCode).toBe(0)
    const refused = await runMbsync(['rollback', '--json'], { env })
    expect(refused.exitCode).toBe(3)
    const { error } = JSON.parse(refused.stdout)
    expect(error.message).toMatch(
      /^The rollback would restore "staging" to its state before run 3 of profile "prod-to-staging", which ended at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: 4 rows in 1 table, 0 sequences$/,
    )
    expect(error.findings).toEqual([
      {
        severity: 'note',
        subject: 'public.item',
        message: '1 deleted row restored, 1 updated row set back, 2 inserted rows deleted',
      },
    ])
    expect(await count(), 'nothing is undone').toBe(3)
    expect((await runHere(['rollback', '--yes'], { env })).exitCode).toBe(0)
    expect(await count()).toBe(2)
    expect((await runHere(['sync'], { env })).exitCode).toBe(0)
  })

  test.skipIf(!hasProgram('script'))(
    'on a terminal, yes lets a first run, a rollback and forget-source go on (needs `script`, which makes one)',
    async () => {
      const typed = [{ after: 'Type yes to continue: ', text: 'yes' }]
      const on = (...args: string[]) => onTerminal(args, { cwd: folder, env: urls(), typed })
      const first = await on('sync')
      expect(first.exitCode, first.output).toBe(0)
      expect(await count()).toBe(2)
      const back = await on('rollback')
      expect(back.exitCode, back.output).toBe(0)
      expect(back.output.replaceAll(/\s+/g, ' ')).toContain('public.item: 1,298 deleted rows restored')
      expect(await count()).toBe(1299)
      const forgotten = await on('forget-source', 'staging')
      expect(forgotten.exitCode, forgotten.output).toBe(0)
      expect(forgotten.output).toContain('staging has forgotten its source production')
    },
  )

  test.skipIf(!hasProgram('script'))(
    'Ctrl-C at the question ends with 130, and nothing has changed (needs `script`, which makes a terminal)',
    async () => {
      const typed = [{ after: 'Type yes to continue: ', text: CTRL_C }]
      const { exitCode, output } = await onTerminal(['sync'], { cwd: folder, env: urls(), typed })
      expect(exitCode, output).toBe(130)
      expect(output).toMatch(/Type yes to continue: \s*✖ Interrupted by SIGINT; nothing has changed\s*$/)
      await expectUntouched()
    },
  )

  test('a run that was confirmed and then refused has written nothing, so the next one asks again', async () => {
    await pair.target.client.query('DROP TABLE empty; CREATE TABLE only_here AS SELECT 1 AS id')
    const asked = await runHere(['sync'], { env: unconfirmed() })
    expect(asked.stderr, 'not of a table that the source lacks').toContain('up to 1,300 rows in 2 tables')
    await expectUntouched()
    const { exitCode, stderr } = await runHere(['sync', '--yes'], { env: unconfirmed() })
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('Validation found 1 problem')])
    await pair.target.client.query('CREATE TABLE empty (id int)')
    const again = await runHere(['sync'], { env: unconfirmed() })
    expect([again.exitCode, again.stderr]).toEqual([3, expect.stringContaining('mbsync has not written to')])
  })

  test('rows that the role may not count are estimated: those under forced row-level security', async () => {
    await pair.target.client.query(
      'ALTER TABLE item ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; ANALYZE item',
    )
    const { exitCode, stderr } = await runHere(['sync', '--allow-blocking'], { env: unconfirmed() })
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('up to about 1,300 rows in 2 tables')])
  })
})
