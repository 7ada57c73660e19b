import { expect, test } from 'vitest'
import { mayLackWrites, type StrangerSession } from '../../../src/transfer/target-writes/write-counters.ts'

const IDLE: StrangerSession = { pid: 5, startedAt: '100', idleSince: '200' }
const seen = (atMs: number, ...sessions: readonly StrangerSession[]) => ({ atMs, sessions })

test.each([
  ['nobody is there', undefined, seen(0), false],
  ['whoever was there has left', seen(0, IDLE), seen(1), false],
  [
    'a session has been idle for long, by the clock of this process',
    seen(0, IDLE),
    seen(15_000, IDLE),
    false,
  ],
  [
    'a session has been idle for long, by the clock of the server alone',
    seen(0, IDLE),
    seen(14_999, IDLE),
    true,
  ],
  ['a session was not seen before', undefined, seen(15_000, IDLE), true],
  ['a session has come meanwhile', seen(0), seen(15_000, IDLE), true],
  [
    'a session has done something meanwhile',
    seen(0, IDLE),
    seen(15_000, { ...IDLE, idleSince: '201' }),
    true,
  ],
  [
    'another session has the same backend id',
    seen(0, { ...IDLE, startedAt: '99' }),
    seen(15_000, IDLE),
    true,
  ],
  [
    'a session is at work',
    seen(0, { ...IDLE, idleSince: null }),
    seen(15_000, { ...IDLE, idleSince: null }),
    true,
  ],
  [
    'the role may not see what a session does',
    seen(0, { pid: 5, startedAt: null, idleSince: null }),
    seen(15_000, { pid: 5, startedAt: null, idleSince: null }),
    true,
  ],
])('%s: statistics may lack writes or not', (_, before, now, expected) => {
  expect(mayLackWrites(before, now)).toBe(expected)
})
