import { expect, test } from 'vitest'
import { changedSince, type Watermark, whyVoid } from '../../../src/transfer/watermark.ts'

const mark: Watermark = {
  systemIdentifier: '7',
  databaseOid: 5,
  timeline: 1,
  xmin: '5000000000',
  fingerprint: 'a',
  targetFingerprint: 'b',
  targetMembers: 'c',
}

test.each<readonly [string, Partial<Watermark>, string | undefined]>([
  ['the same moment', {}, undefined],
  ['later', { xmin: '5000000009' }, undefined],
  ['just within half the circle', { xmin: String(5_000_000_000n + 2n ** 31n - 2n ** 24n - 1n) }, undefined],
  [
    'half the circle later',
    { xmin: String(5_000_000_000n + 2n ** 31n - 2n ** 24n) },
    '2^31 transactions since',
  ],
  ['earlier', { xmin: '4999999999' }, 'the source was restored or failed over'],
  ['on another timeline', { timeline: 2, xmin: '5000000100' }, 'the source was restored or failed over'],
  ['in another cluster', { systemIdentifier: '8' }, 'another source'],
  ['in another database', { databaseOid: 6 }, 'another source'],
  [
    'a table with other partitions',
    { targetMembers: 'd' },
    'the table was replaced, or its partitions changed, in the target',
  ],
])('a watermark seen from %s', (_, now, reason) => {
  expect(whyVoid(mark, { ...mark, ...now })).toBe(reason)
})

test('a source that does not tell who it is cannot be followed', () => {
  expect(whyVoid(mark, undefined)).toBe('the source does not tell its system identifier')
})

test('a watermark of a version that stored no partitions is void', () => {
  expect(whyVoid({ ...mark, targetMembers: null }, mark)).toBe(
    'the last run was made by an earlier version of mbsync',
  )
})

test('without a watermark there is nothing to go by', () => {
  expect(whyVoid(undefined, mark)).toBe('no watermark')
})

test('xmin is the low half of a transaction id', () => {
  expect(changedSince('t', { xmin: String(2n ** 32n * 3n + 7n) })).toContain(`age('7'::xid)`)
})
