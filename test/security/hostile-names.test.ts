import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identifier, literal } from '../../src/postgres/identifiers.ts'
import { expectSameContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { editScript } from '../support/edit-dump.ts'
import { runExport, runImport } from '../support/run-dump.ts'
import { hasProgram, runProgram } from '../support/run-program.ts'

/** Each would run a command, or end the comment, the string or the rows that it stands in, if it were not quoted. */
const NAMES = [
  'a\n\\! touch pwned\n',
  'b"; \\! touch pwned',
  "c'; \\! touch pwned\n",
  'd\n\\.\n\\! touch pwned\n',
  'e\r\\! touch pwned\r\n',
  'f*/ \\! touch pwned /*',
  'g -- \u2028\\! touch pwned\u2029\x85',
  ':mbsync_optional \\o | touch pwned',
  '`touch pwned`',
  "i\\'; \\! touch pwned\n",
  '../../pwned',
  'x'.repeat(63),
]

const SCHEMA = NAMES.map((name) => {
  const schema = name === '../../pwned' ? 'public' : `s${name}`.slice(0, 63)
  const [table, column] = [`${identifier(schema)}.${identifier(name)}`, identifier(`${name}`)]
  return `${schema === 'public' ? '' : `CREATE SCHEMA ${identifier(schema)};`}
    CREATE TYPE ${identifier(schema)}.${identifier(`t${name}`.slice(0, 63))} AS ENUM (${literal(name)});
    CREATE TABLE ${table} (id serial CONSTRAINT ${identifier(`k${name}`.slice(0, 50))} PRIMARY KEY, ${column} text,
      kind ${identifier(schema)}.${identifier(`t${name}`.slice(0, 63))});
    COMMENT ON TABLE ${table} IS ${literal(name)};
    CREATE SEQUENCE ${identifier(schema)}.${identifier(`q${name}`.slice(0, 63))};`
}).join('\n')

const ROWS = NAMES.map((name) => {
  const schema = name === '../../pwned' ? 'public' : `s${name}`.slice(0, 63)
  return `INSERT INTO ${identifier(schema)}.${identifier(name)} (${identifier(name)}, kind) VALUES (${literal(name)}, ${literal(name)});`
}).join('\n')

const reason = hasProgram('psql') ? '' : ' (skipped: there is no psql on this machine)'

describe.skipIf(reason !== '')(`psql that restores a dump${reason}`, () => {
  let pair: DatabasePair
  let folder: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mbsync-names-'))
    pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS })
    await runExport(pair, join(folder, 'dump'))
    await runExport(pair, join(folder, 'dump.sql.gz'), { isSingleFile: true })
  })
  afterAll(async () => {
    await pair?.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** As docs/DUMP-FORMAT.md says, in a folder of its own; says what is in it afterwards. */
  async function restore(
    files: string,
    url: string,
    options = '',
  ): Promise<{ output: string; left: string[] }> {
    const cwd = mkdtempSync(join(folder, 'cwd-'))
    const command = `gunzip -c ${files} | psql -X -q -1 -v ON_ERROR_STOP=1 ${options} "$URL"`
    const { output } = await runProgram('bash', ['-c', command], { cwd, env: { ...process.env, URL: url } })
    return { output, left: readdirSync(cwd) }
  }

  async function withTarget(work: (empty: DatabasePair) => Promise<void>, targetSql = SCHEMA): Promise<void> {
    const empty = await createDatabasePair({ targetSql })
    try {
      await empty.target.client
        .query(`ALTER DATABASE ${empty.target.name} SET standard_conforming_strings = off`)
        // PostgreSQL 19 knows no other setting.
        .catch(() => undefined)
      await work(empty)
    } finally {
      await empty.drop()
    }
  }

  const versions = { 'as it is': '', 'as one that does not know \\restrict': '-v VERSION_NUM=150013' }
  test.each(
    Object.entries(versions).flatMap(([version, options]) => [
      { version, options, files: ['dump/data/*.sql.gz'], targetSql: SCHEMA },
      {
        version,
        options,
        files: ['dump/schema/pre-data.sql.gz', 'dump/data/*.sql.gz', 'dump/schema/post-data.sql.gz'],
        targetSql: '',
      },
      { version, options, files: ['dump.sql.gz'], targetSql: '' },
    ]),
  )('$version runs nothing that names hold, from $files', async ({ options, files, targetSql }) => {
    await withTarget(async ({ target }) => {
      const paths = files.map((file) => join(folder, file)).join(' ')
      const { output, left } = await restore(paths, target.url, options)
      expect(
        output.replaceAll(
          /^ *(?:setval|set_config|(?:pg_catalog, )+public, pg_temp) *$|^[- ]+$|^ *\d+$|^\(1 row\)$|\n/gm,
          '',
        ),
      ).toBe('')
      expect(left).toEqual([])
      await expectSameContent(pair.source.client, target.client)
    }, targetSql)
  })

  test('import brings the same names', async () => {
    await withTarget(async (empty) => {
      await runImport(empty, join(folder, 'dump.sql.gz'))
      await expectSameContent(pair.source.client, empty.target.client)
    })
  })

  const knows =
    reason === '' &&
    !/invalid command/.test(String(spawnSync('psql', ['-X', '-c', '\\restrict a', 'postgres://x']).stderr))
  test(`refuses the commands of a dump whose rows end early, if it knows \\restrict${knows ? '' : ' (this one does not)'}`, async () => {
    const dump = join(folder, 'forged')
    execFileSync('cp', ['-r', join(folder, 'dump'), dump])
    editScript(dump, /0001/, (script) => script.replace('\\.\n', '\\.\n\\! touch pwned\n'))
    await withTarget(async ({ target }) => {
      const { output, left } = await restore(`${dump}/data/*.sql.gz`, target.url)
      if (knows) expect(output).toMatch(/backslash commands are restricted/)
      expect(left).toEqual(knows ? [] : ['pwned'])
    })
  })
})
