import { expect, test } from 'vitest'
import { TimelineRecorder } from '../../../src/progress/timeline.ts'

const table = (name: string) => ({ schema: 'public', name })
const finished = (name: string, part = 1) => {
  return {
    type: 'part-finished',
    table: table(name),
    part,
    parts: 2,
    rows: 5,
    bytes: 50,
    estimatedBytes: 60,
  } as const
}
const started = (name: string, part = 1) => {
  return { type: 'part-started', table: table(name), part, parts: 2, estimatedBytes: 60 } as const
}

test('phases and pieces of work are noted with their times, and pieces that overlap have workers of their own', () => {
  const recorder = new TimelineRecorder(1000)
  recorder.observe({ type: 'phase', phase: 'land' }, 1100)
  recorder.observe(started('a'), 1100)
  recorder.observe(started('b'), 1100)
  recorder.observe({ type: 'bytes', table: table('a'), part: 1, bytes: 50 }, 1150)
  recorder.observe(finished('b'), 1200)
  recorder.observe(started('a', 2), 1200)
  recorder.observe(finished('a'), 1300)
  recorder.observe(finished('a', 2), 1400)
  recorder.observe({ type: 'phase', phase: 'merge' }, 1500)
  recorder.observe({ type: 'table-compared', table: table('a'), changedRows: 3, durationMs: 40 }, 1600)
  const { phases, spans, samples } = recorder.end(1800)
  expect(phases).toStrictEqual([
    { phase: 'land', from: 100, to: 500 },
    { phase: 'merge', from: 500, to: 800 },
  ])
  expect(
    spans.map(({ kind, worker, name, part, from, to, rows }) => [kind, worker, name, part, from, to, rows]),
  ).toStrictEqual([
    ['copy', 1, 'public.b', 1, 100, 200, 5],
    ['copy', 2, 'public.a', 1, 100, 300, 5],
    ['copy', 1, 'public.a', 2, 200, 400, 5],
    ['compare', 1, 'public.a', 1, 560, 600, 3],
    ['write', 1, '', 1, 600, 800, 0],
  ])
  expect(samples).toStrictEqual([
    { at: 150, bytes: 50, documents: 0 },
    { at: 500, bytes: 50, documents: 0 },
    { at: 800, bytes: 50, documents: 0 },
  ])
})

test('documents are counted for the search index that they are of', () => {
  const recorder = new TimelineRecorder(0)
  recorder.observe({ type: 'phase', phase: 'search' }, 0)
  const planned = { type: 'documents-planned', documents: 9, changed: 3, deletions: 1 } as const
  recorder.observe({ ...planned, searchIndex: 'one' }, 10)
  recorder.observe({ type: 'documents-answered', searchIndex: 'one', indexed: 2, rejected: 1 }, 20)
  recorder.observe({ type: 'documents-deleted', searchIndex: 'one', deleted: 1 }, 30)
  recorder.observe({ ...planned, searchIndex: 'two' }, 40)
  expect(recorder.end(50).spans.map(({ name, from, to, rows }) => [name, from, to, rows])).toStrictEqual([
    ['one', 10, 40, 4],
    ['two', 40, 50, 0],
  ])
})

test('however long a run is, what is noted stays small', () => {
  const recorder = new TimelineRecorder(0)
  recorder.observe({ type: 'phase', phase: 'land' }, 0)
  for (let at = 0; at < 10_000; at += 1) {
    recorder.observe(started('t', at), at * 1000)
    recorder.observe({ type: 'bytes', table: table('t'), part: at, bytes: 1 }, at * 1000 + 500)
    recorder.observe(finished('t', at), at * 1000 + (at === 5 ? 900 : 600))
  }
  const { spans, samples } = recorder.end(10_000_000)
  expect(spans).toHaveLength(1500)
  expect(
    spans.some(({ part }) => part === 5),
    'the longest pieces stay',
  ).toBe(true)
  expect(samples.length).toBeLessThanOrEqual(401)
  expect(samples.at(-1)).toStrictEqual({ at: 10_000_000, bytes: 10_000, documents: 0 })
})
