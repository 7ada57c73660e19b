import { expect, test } from 'vitest'
import { readLockSlots } from '../../../src/postgres/lock-slots.ts'
import type { Session } from '../../../src/postgres/session.ts'

function slots(taken: { readonly used: number; readonly usedByOthers: number }) {
  const found = { perConnection: 64, connections: 10, prepared: 0, ...taken }
  return readLockSlots({ queryOne: async () => found } as unknown as Session)
}

test('what is taken is said in words that agree', async () => {
  expect((await slots({ used: 1, usedByOthers: 0 })).described).toBe(
    'it promises 640, by max_locks_per_transaction = 64 with max_connections = 10; 1 is taken',
  )
  expect((await slots({ used: 2, usedByOthers: 0 })).described).toMatch(/; 2 are taken$/)
})

test('the advised setting does not depend on what the run itself holds, and leaves a reserve', async () => {
  const [before, during] = [
    await slots({ used: 1, usedByOthers: 0 }),
    await slots({ used: 900, usedByOthers: 0 }),
  ]
  expect([before.settingFor(2500), during.settingFor(2500)]).toEqual([320, 320])
  expect((await slots({ used: 900, usedByOthers: 700 })).settingFor(2500)).toBe(384)
})
