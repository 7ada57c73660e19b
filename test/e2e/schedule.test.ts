import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { REPOSITORY } from '../support/pack.ts'
import { hasProgram, runProgram } from '../support/run-program.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY);'
const CRON = join(REPOSITORY, 'deploy/docker/cron.sh')

/** The commands of a crontab, as cron gives them to the shell. */
function commandsOf(file: string): string[] {
  const lines = readFileSync(join(REPOSITORY, file), 'utf8').split('\n')
  const timed = lines.filter((line) => /^[\d*]/.test(line))
  return timed.map((line) => line.replace(/^(\S+\s+){5}/, '').replaceAll('\\%', '%'))
}

describe('crontab.example', () => {
  let pair: DatabasePair
  let folder: string

  beforeAll(async () => {
    pair = await createDatabasePair({ sourceSql: `${SCHEMA} INSERT INTO item VALUES (1)`, targetSql: SCHEMA })
    folder = mkdtempSync(join(tmpdir(), 'mbsync-cron-'))
    const program = `#!/bin/sh\nexec '${process.execPath}' '${REPOSITORY}/bin/mbsync.js' "$@"\n`
    writeFileSync(join(folder, 'mbsync'), program, { mode: 0o755 })
    writeFileSync(
      join(folder, '.env'),
      `PRODUCTION_DATABASE_URL='${pair.source.url}'\nSTAGING_DATABASE_URL='${pair.target.url}'\n`,
    )
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true })
    await pair?.drop()
  })

  const asCron = (command: string) =>
    runProgram('/bin/sh', ['-c', command.replace('/srv/mbsync', folder)], {
      cwd: '/',
      env: { PATH: `${folder}${delimiter}/usr/bin${delimiter}/bin` },
    })

  test('has lines that run one after the other, and mail nothing', async () => {
    for (const command of commandsOf('crontab.example')) {
      const { exitCode, output } = await asCron(command)
      expect([exitCode, output], command).toEqual([0, ''])
    }
    const { rows } = await pair.target.client.query('SELECT mode, status FROM mbsync.runs ORDER BY id')
    expect(rows).toEqual([
      { mode: 'full', status: 'succeeded' },
      { mode: 'full', status: 'succeeded' },
    ])
  })

  test('mails what goes wrong, and that no run ended well', async () => {
    const [sync = '', , , , , status = ''] = commandsOf('crontab.example')
    await pair.target.client.query(`ALTER TABLE item ALTER id TYPE smallint`)
    expect((await asCron(sync)).output).toMatch(/^✖ Validation found 1 problem; nothing has changed\n/)
    expect((await asCron(status)).output).toMatch(/✖ The last finished run, 3, was refused/)
    await pair.target.client.query(`DELETE FROM mbsync.runs WHERE status = 'refused'`)
    expect((await asCron(status)).output).toBe('')
    for (const [exitCode, reason] of [
      ['4', 'ended with exit status 4'],
      ['NULL', 'died'],
    ]) {
      await pair.target.client.query(`UPDATE mbsync.runs SET exit_code = ${exitCode}`)
      const { output } = await asCron('cd /srv/mbsync && mbsync status --max-age 8d --json')
      expect(JSON.parse(output).health).toMatchObject({
        isHealthy: false,
        reason: expect.stringContaining(`, ${reason} (`),
      })
    }
    await pair.target.client.query('UPDATE mbsync.runs SET exit_code = 0')
    await pair.target.client.query(`UPDATE mbsync.runs SET finished_at = now() - interval '27 hours'`)
    expect((await asCron(status)).output).toMatch(/✖ The last finished run, 2, succeeded \(27\.0 hours ago\)/)
  })

  test('a target that no run has been to is not healthy', async () => {
    await pair.target.client.query('DROP SCHEMA mbsync CASCADE')
    const { exitCode, output } = await asCron('cd /srv/mbsync && mbsync status --max-age 8d --json')
    expect(exitCode).toBe(1)
    expect(JSON.parse(output).health).toEqual({
      isHealthy: false,
      reason: expect.stringMatching(/^No run has ended yet/),
    })
    expect((await asCron('cd /srv/mbsync && mbsync status --max-age soon')).exitCode).toBe(2)
  })
})

describe('mbsync-cron, the schedule of the container', () => {
  const due = (time: string) =>
    runProgram('sh', [CRON, '--due', time, join(REPOSITORY, 'deploy/docker/crontab')], {
      env: { PATH: process.env.PATH, TZ: 'UTC' },
    })

  test.each([
    ['2026-11-21 03:15', 'mbsync sync prod-to-staging --wait-lock 1h\n'],
    ['2026-11-22 03:15', 'mbsync full-sync prod-to-staging --wait-lock 1h\n'],
    ['2026-11-22 06:00', 'mbsync dumps verify dumps\n'],
    ['2026-11-23 06:00', ''],
    ['2026-11-22 03:16', ''],
  ])('at %s runs %j', async (time, output) => {
    expect(await due(time)).toEqual({ exitCode: 0, output })
  })

  test('passes a signal on to what is running, waits for its end, and tells it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mbsync-cron-'))
    writeFileSync(
      join(folder, 'crontab'),
      `* * * * * node -e 'process.on("SIGTERM", () => process.exit(console.log("rolled back") ?? 9)); setInterval(() => {}, 1e9); console.log("started")' && true\n`,
    )
    const child = spawn('sh', [CRON, join(folder, 'crontab')], {
      env: { PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`, MBSYNC_CRON_TICK: '1' },
    })
    let output = ''
    child.stdout.on('data', (chunk) => {
      const isFirst = !output.includes('started\n')
      output += chunk
      if (isFirst && output.includes('started\n')) child.kill('SIGTERM')
    })
    const [exitCode] = await once(child, 'close')
    rmSync(folder, { recursive: true })
    expect([exitCode, output]).toEqual([143, expect.stringContaining('rolled back\n')])
  })

  test('without a crontab it ends with 2', async () => {
    expect((await runProgram('sh', [CRON, '/nowhere'])).exitCode).toBe(2)
  })

  test.skipIf(!hasProgram('shellcheck'))('satisfies shellcheck (which must be installed)', async () => {
    expect(await runProgram('shellcheck', [CRON])).toEqual({ exitCode: 0, output: '' })
  })
})
