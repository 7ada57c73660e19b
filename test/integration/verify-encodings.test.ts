import { afterEach, expect, test } from 'vitest'
import { verifyResultToJson } from '../../src/api/json/verify-result-to-json.ts'
import { type VerifyResult, verify } from '../../src/jobs/verify.ts'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { profileOf, runPlan, runSync } from '../support/run-sync.ts'

const SCHEMA =
  'CREATE TABLE t (k text PRIMARY KEY, v text); CREATE TABLE bare (v text); CREATE TABLE padded (k char(5) PRIMARY KEY, v char(3)[]);'
/** A text of these bytes, whatever the encoding of the database. */
const raw = (hex: string) => `convert_from('\\x${hex}', getdatabaseencoding())`

let pair: DatabasePair
afterEach(() => pair?.drop())

async function create(source: string, target: string, rows: string): Promise<void> {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} ${rows}`,
    targetSql: SCHEMA,
    encoding: { source, target },
  })
}

async function runVerify(): Promise<VerifyResult> {
  const context = { signal: new AbortController().signal, report: () => undefined }
  return verify(profileOf(pair), { tables: [], samplePercent: 100, limit: 10 }, context)
}

async function differences() {
  const { tables } = await runVerify()
  return Object.fromEntries(
    tables.flatMap(({ table, status, differences, missing, extra, changed }) =>
      status === 'equal'
        ? []
        : [[table.name, [missing, extra, changed, ...differences.map(({ key }) => key)]]],
    ),
  )
}

test('two databases without an encoding are compared byte for byte', async () => {
  const rows = ['61', 'e4', 'c3a4', 'c328', 'a0', 'eda080', 'ff', '5c786534'].map(
    (hex) => `(${raw(hex)}, ${raw(hex)})`,
  )
  await create('SQL_ASCII', 'SQL_ASCII', `INSERT INTO t VALUES ${rows}; INSERT INTO bare SELECT v FROM t`)
  await runSync(pair)
  expect(await differences()).toEqual({})
  await pair.target.client.query(`UPDATE t SET v = ${raw('e5')} WHERE k = ${raw('e4')}; DELETE FROM t WHERE k = ${raw('ff')};
    UPDATE t SET k = ${raw('c329')} WHERE k = ${raw('c328')}; UPDATE t SET v = '' WHERE k IN (${raw('c3a4')}, ${raw('eda080')}, ${raw('5c786534')});
    UPDATE bare SET v = ${raw('fe')} WHERE v = ${raw('ff')}`)
  const found = await differences()
  expect(found.bare).toEqual([1, 1, 0])
  expect(found.t?.slice(0, 3)).toEqual([2, 1, 4])
  expect(found.t?.slice(3)).toEqual(
    expect.arrayContaining([
      '(\\xe4)',
      '(\\xff)',
      '("\\xc3(")',
      '("\\xc3)")',
      '(ä)',
      '(\\xed\\xa0\\x80)',
      '("\\\\xe4")',
    ]),
  )
})

test('text of a database without an encoding is the same in UTF8 and in LATIN1, if its bytes are', async () => {
  await create('SQL_ASCII', 'UTF8', `INSERT INTO t VALUES (${raw('c3a4')}, ${raw('e282ac')})`)
  await runSync(pair)
  expect(await differences()).toEqual({})
  await pair.source.client.query(`INSERT INTO t VALUES (${raw('e4')}, 'x')`)
  expect(await differences()).toEqual({ t: [1, 0, 0, '(\\xe4)'] })
  await pair.drop()
  await create('SQL_ASCII', 'LATIN1', `INSERT INTO t VALUES (${raw('e4')}, ${raw('a0ff')})`)
  await runSync(pair)
  expect(await differences()).toEqual({})
  await pair.target.client.query(`UPDATE t SET v = 'x'`)
  expect(await differences()).toEqual({ t: [0, 0, 1, '(\\xe4)'] })
})

test('a target without an encoding holds the text of other databases as UTF8', async () => {
  await create(
    'LATIN1',
    'SQL_ASCII',
    `INSERT INTO t VALUES ('ä', 'é'), ('a', 'e'); INSERT INTO padded VALUES ('ä', '{é,e}')`,
  )
  await runSync(pair)
  expect(await differences()).toEqual({})
  await pair.target.client.query(`INSERT INTO t VALUES (${raw('e4')}, ''); UPDATE t SET v = '' WHERE k = 'ä'`)
  expect(await differences()).toEqual({ t: [0, 1, 1, '(ä)', '(\\xe4)'] })
})

test.each([
  ['SQL_ASCII', 'SQL_ASCII'],
  ['SQL_ASCII', 'LATIN1'],
  ['LATIN1', 'SQL_ASCII'],
])('rows that were deleted are found by keys beyond ASCII, from %s to %s', async (source, target) => {
  await create(
    source,
    target,
    `INSERT INTO t SELECT chr(100 + i) || ${raw('e4')} || i, ${raw('f6')} FROM generate_series(1, 20) i`,
  )
  await runSync(pair)
  await untilSettled(pair.source.client)
  await pair.source.client.query(
    `DELETE FROM t WHERE k LIKE '%7'; INSERT INTO t VALUES (${raw('fc')}, 'new')`,
  )
  expect((await runPlan(pair)).tables.find(({ table }) => table.name === 't')?.read.kind).toBe('incremental')
  await runSync(pair)
  expect(await differences()).toEqual({})
})

test('keys are printed with escapes for what a terminal or a log would obey', async () => {
  await create(
    'UTF8',
    'UTF8',
    `INSERT INTO t VALUES (E'a\\nb\\x1b[2J', ''), (U&'c\\0085\\009b2J', ''), (U&'d\\202e', '')`,
  )
  const result = await runVerify()
  const text = JSON.stringify(verifyResultToJson(result))
  expect(JSON.parse(text).tables.find(({ name }: { name: string }) => name === 't').differences).toEqual(
    expect.arrayContaining([
      { kind: 'missing', key: '("a\\nb\\x1b[2J")' },
      { kind: 'missing', key: expect.stringMatching(/^\("?c\\x85\\x9b2J"?\)$/) },
      { kind: 'missing', key: '(d\\u202e)' },
    ]),
  )
  expect(text).not.toMatch(/[\p{Control}\p{Bidi_Control}]/u)
})
