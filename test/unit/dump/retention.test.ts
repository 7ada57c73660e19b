import { expect, test } from 'vitest'
import { expiredDumps } from '../../../src/dump/list-dumps.ts'
import type { Manifest } from '../../../src/dump/manifest.ts'

const NOW = new Date('2025-11-21T00:00:00Z')

/** The little of a manifest that retention looks at. */
function dumpOf(daysAgo: number, database = 'app', include = ['*.*'], rules: object = {}, schema?: object) {
  const startedAt = new Date(NOW.getTime() - daysAgo * 24 * 60 * 60 * 1000).toISOString()
  const source = {
    name: 'production',
    database,
    databaseOid: 5,
    systemIdentifier: '1',
    version: '18',
    encoding: 'UTF8',
  }
  const filters = { include, exclude: [], only: [] }
  const tables = [{ schema: 'public', name: 't', where: null, ...rules }]
  return { daysAgo, manifest: { startedAt, source, filters, tables, schema } as unknown as Manifest }
}
const days = (dumps: readonly { readonly daysAgo: number }[]) => dumps.map(({ daysAgo }) => daysAgo)

test('the newest so many are kept, and the others go, oldest first', () => {
  const dumps = [3, 0, 2, 1, 4].map((age) => dumpOf(age))
  expect(days(expiredDumps(dumps, { keepLast: 2, keepDays: undefined }, NOW))).toEqual([4, 3, 2])
})

test('what is young is kept', () => {
  const dumps = [0, 5, 6.9, 7, 8].map((age) => dumpOf(age))
  expect(days(expiredDumps(dumps, { keepLast: undefined, keepDays: 7 }, NOW))).toEqual([8, 7])
})

test('what any rule keeps is kept', () => {
  const dumps = [0, 10, 20, 30].map((age) => dumpOf(age))
  expect(days(expiredDumps(dumps, { keepLast: 3, keepDays: 5 }, NOW))).toEqual([30])
})

test('the newest of each database and selection is never let go', () => {
  const dumps = [dumpOf(100), dumpOf(200), dumpOf(300, 'other'), dumpOf(400, 'app', ['public.*'])]
  expect(days(expiredDumps(dumps, { keepLast: undefined, keepDays: 1 }, NOW))).toEqual([200])
})

test('a dump with masks, fewer columns or no schema is no newer version of a whole one', () => {
  const all = ['*.*']
  const dumps = [
    dumpOf(1, 'app', all, { masked: ['email'] }, {}),
    dumpOf(2, 'app', all, { leftOut: ['note'] }, {}),
    dumpOf(3, 'app', all, {}),
    dumpOf(4, 'app', all, {}, {}),
    dumpOf(5, 'app', all, {}, {}),
  ]
  expect(days(expiredDumps(dumps, { keepLast: 1, keepDays: undefined }, NOW))).toEqual([5])
})
