import { expect, test } from 'vitest'
import { whyMarkVoid } from '../../../src/state/target-mark.ts'

const NOW = { identity: '7/16384', nextXid: String(2n ** 32n + 1000n) }
const THEN = { identity: '7/16384', isOriginal: true, snapshot: `${2n ** 32n + 900n}:${2n ** 32n + 950n}:` }
const RESTORED = 'the target was restored or copied since the last run'

test.each([
  ['of this database', {}, undefined],
  ['of an earlier version that did not store where it was', { identity: null }, undefined],
  ['of another cluster', { identity: '8/16384' }, RESTORED],
  ['of another database', { identity: '7/16385' }, RESTORED],
  ['that came out of a dump', { isOriginal: false }, RESTORED],
  ['of an earlier version that came out of a dump', { identity: null, isOriginal: false }, RESTORED],
  ['that is the next transaction', { snapshot: `${2n ** 32n + 1000n}:${2n ** 32n + 1000n}:` }, undefined],
  [
    'that is ahead',
    { snapshot: `${2n ** 32n + 1001n}:${2n ** 32n + 1001n}:` },
    'the mark of the last run is ahead of the transaction ids of the target',
  ],
  [
    'that is nearly 2^31 behind',
    { snapshot: `${2n ** 32n + 1000n - 2n ** 31n + 2n ** 24n + 1n}:1:` },
    undefined,
  ],
  [
    'that is 2^31 behind',
    { snapshot: `${2n ** 32n + 1000n - 2n ** 31n + 2n ** 24n}:1:` },
    '2^31 transactions in the target since',
  ],
  ['that is a whole circle behind', { snapshot: '1000:1000:' }, '2^31 transactions in the target since'],
])('a mark %s counts only if it can', (_, then, reason) => {
  expect(whyMarkVoid({ ...THEN, ...then }, NOW)).toBe(reason)
})
