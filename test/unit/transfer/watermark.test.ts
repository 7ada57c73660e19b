import { expect, test } from 'vitest'
import type { Watermark } from '../../../src/core/watermark.ts'
import {
  type CurrentWatermark,
  changedSince,
  whyUnreadable,
  whyVoid,
} from '../../../src/transfer/source/watermark.ts'

const XMIN = 5_000_000_000n
const FAR = 2n ** 31n - 2n ** 26n

const mark: Watermark = {
  systemIdentifier: '7',
  databaseOid: 5,
  timeline: 1,
  incarnation: '1700000000.5 1600000000.25',
  xmin: String(XMIN),
  fingerprint: 'a',
  targetFingerprint: 'b',
  masks: null,
  targetPartitions: 'c',
}
const now: CurrentWatermark = { ...mark, nextXid: String(XMIN) }

test.each<readonly [string, Partial<CurrentWatermark>, string | undefined]>([
  ['the same moment', {}, undefined],
  ['later', { xmin: '5000000009', nextXid: '5000000010' }, undefined],
  ['just within half the circle', { nextXid: String(XMIN + FAR - 1n) }, undefined],
  [
    'half the circle later, while one transaction is still running',
    { nextXid: String(XMIN + FAR) },
    '2^31 transactions since',
  ],
  [
    'a whole circle later',
    { xmin: String(XMIN + 2n ** 32n), nextXid: String(XMIN + 2n ** 32n + 9n) },
    '2^31 transactions since',
  ],
  ['earlier', { xmin: String(XMIN - 1n) }, 'the source was restored or failed over'],
  ['a whole circle earlier', { xmin: String(XMIN - 2n ** 32n) }, 'the source was restored or failed over'],
  ['on another timeline', { timeline: 2, xmin: '5000000100' }, 'the source was restored or failed over'],
  [
    'after a start, however far the server has come',
    { incarnation: '1700000009.5 1600000000.25', xmin: '5000000100', nextXid: '5000000100' },
    'the source was restarted, or another of its servers was read before',
  ],
  [
    'after a crash that the postmaster survived',
    { incarnation: '1700000000.5 1700000009.5' },
    'the source was restarted, or another of its servers was read before',
  ],
  ['in another cluster', { systemIdentifier: '8' }, 'another source'],
  ['in another database', { databaseOid: 6 }, 'another source'],
  [
    'where the role may not read the system identifier',
    { systemIdentifier: null },
    'the role of the source may not read its system identifier (GRANT EXECUTE ON FUNCTION pg_control_system())',
  ],
  [
    'where the role may not read the timeline of a standby',
    { timeline: null },
    'the role of the source may not read which timeline this standby follows (GRANT pg_read_all_stats)',
  ],
  [
    'a table with other columns in the source',
    { fingerprint: 'd' },
    'its columns, types, storage or condition changed in the source',
  ],
  [
    'a table with other columns in the target',
    { targetFingerprint: 'd' },
    'its columns, types or inheritance children changed in the target',
  ],
  [
    'a table with other partitions in the target',
    { targetPartitions: 'd' },
    'the table was replaced, or its partitions changed, in the target',
  ],
])('a watermark seen from %s', (_, seen, reason) => {
  expect(whyVoid(mark, { ...now, ...seen })).toBe(reason)
})

test.each(['targetPartitions', 'incarnation'] as const)(
  'a watermark of a version that stored no %s is void',
  (fact) => {
    expect(whyVoid({ ...mark, [fact]: null }, now)).toBe(
      'the last run was made by an earlier version of mbsync',
    )
  },
)

test('without a watermark there is nothing to go by', () => {
  expect(whyVoid(undefined, now)).toBe('no earlier run to build on')
})

test('a source that can be followed is one whose system and timeline are known', () => {
  expect(whyUnreadable(mark)).toBeUndefined()
})

test('xmin is the low half of a transaction id', () => {
  expect(changedSince('t', { xmin: String(2n ** 32n * 3n + 7n) })).toContain(`age('7'::xid)`)
})
