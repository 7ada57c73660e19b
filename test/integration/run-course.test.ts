import { afterAll, beforeAll, expect, test } from 'vitest'
import { FailedError } from '../../src/core/errors.ts'
import { showRun } from '../../src/jobs/show-run.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { profileOf, runRollback, runSync } from '../support/run-sync.ts'

let pair: DatabasePair
beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: 'CREATE TABLE item (id int PRIMARY KEY); INSERT INTO item SELECT generate_series(1, 100)',
    targetSql: 'CREATE TABLE item (id int PRIMARY KEY); INSERT INTO item VALUES (0)',
    encoding: { source: 'UTF8', target: 'LATIN1' },
  })
})
afterAll(() => pair?.drop())

const show = (runId: number) => {
  const context = { signal: new AbortController().signal, report: () => undefined }
  return showRun(profileOf(pair), { profile: undefined, runId }, context)
}

test('a run leaves its phases and pieces of work, and its exit code', async () => {
  const { runId } = await runSync(pair)
  const run = await show(runId)
  expect(run).toMatchObject({ state: 'ended', exitCode: 0, source: 'production', inserted: 100, deleted: 1 })
  expect(run?.timeline?.phases.map(({ phase }) => phase)).toEqual(['validate', 'land', 'merge', 'finish'])
  const spans = run?.timeline?.spans.map(({ kind, name, rows }) => [kind, name, rows]) ?? []
  expect(spans.slice(0, 2)).toEqual([
    ['copy', 'public.item', 100],
    ['compare', 'public.item', 101],
  ])
  // Both began within the same millisecond, perhaps.
  expect(spans.slice(2).toSorted()).toEqual([
    ['keep', 'public.item', 0],
    ['write', 'public.item', 1],
    ['write', 'public.item', 100],
  ])
  expect(run?.timeline?.samples.at(-1)).toMatchObject({ bytes: run?.bytes, documents: 0 })
})

test('a rollback tells which run it undid', async () => {
  const { runId } = await runRollback(pair)
  expect(await show(runId)).toMatchObject({ mode: 'rollback', undoneRunId: runId - 1, exitCode: 0 })
  expect(await show(runId - 1)).toMatchObject({ status: 'rolled back', canRollBack: false })
})

test('an error is remembered although it has characters that the encoding of the target lacks', async () => {
  const stop = new AbortController()
  const onEvent = ({ type }: { type: string }) => {
    if (type === 'copy-planned') stop.abort(new FailedError('the column "表" is gone'))
  }
  await expect(runSync(pair, { onEvent, signal: stop.signal })).rejects.toThrow('"表"')
  const run = await show(3)
  expect(run).toMatchObject({ status: 'failed', exitCode: 1 })
  expect(run?.error).toContain('"?"')
  expect(run?.timeline?.phases.map(({ phase }) => phase)).toEqual(['validate', 'land'])
})
