import { expect, test } from 'vitest'
import { judgeScript } from '../../../../src/run/after/judge-script.ts'

test.each([
  'BEGIN',
  'start /* x */ transaction',
  'COMMIT',
  'END',
  'ROLLBACK TO a',
  'SAVEPOINT a',
  "PREPARE TRANSACTION 'x'",
  'SET TRANSACTION READ ONLY',
  'VACUUM t',
  'CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)',
  'REINDEX TABLE CONCURRENTLY t',
  'ALTER TABLE p DETACH PARTITION c CONCURRENTLY',
  'CLUSTER',
  'COPY t FROM stdin',
])('%s is refused with its line', (statement) => {
  expect(judgeScript(`SELECT 1;\n${statement};`).problems).toEqual([{ line: 2, message: expect.any(String) }])
})

test.each([
  'PREPARE p AS SELECT 1',
  'REFRESH MATERIALIZED VIEW CONCURRENTLY v',
  'CLUSTER t',
  "COPY t FROM '/tmp/file'",
  `UPDATE t SET a = 'COMMIT; VACUUM', "BEGIN" = 1`,
  'DO $$ BEGIN PERFORM 1; END $$',
  'SET search_path = app',
])('%s is taken', (statement) => {
  expect(judgeScript(statement).problems).toEqual([])
})

test('the rows that follow a COPY are no further problems', () => {
  const { problems } = judgeScript("COPY t FROM stdin;\nit's\t1\n\\.\nSELECT 1;")
  expect(problems.map(({ line }) => line)).toEqual([1])
})
