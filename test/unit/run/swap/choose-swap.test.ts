import { expect, test } from 'vitest'
import type { Finding } from '../../../../src/core/finding.ts'
import { isRefusedForDrift, whySwap } from '../../../../src/run/swap/choose-swap.ts'

const finding = (code: Finding['code'], severity: Finding['severity'] = 'error'): Finding => {
  return { severity, subject: 'public.t', message: 'm', ...(code === undefined ? {} : { code }) }
}
const table = (reason: string, estimatedBytes: number, estimatedRows = estimatedBytes) =>
  ({ read: { kind: 'full', reason }, estimatedBytes, estimatedRows }) as never

test('only a difference of the schemas counts as drift, and only if it alone refuses the run', () => {
  expect(isRefusedForDrift([finding('column'), finding('room', 'note')])).toBe(true)
  expect(isRefusedForDrift([finding('column'), finding('privilege')])).toBe(false)
  expect(isRefusedForDrift([finding('column', 'note')])).toBe(false)
  expect(isRefusedForDrift([finding(undefined)])).toBe(false)
  expect(isRefusedForDrift([])).toBe(false)
})

test('auto takes a swap for drift, and where most rows belong to tables of which most rows have changed', () => {
  const most = 'most of its rows have changed'
  expect(whySwap({ findings: [finding('type')], tables: [] })).toMatch(/schemas differ/)
  expect(whySwap({ findings: [finding('privilege')], tables: [table(most, 100)] })).toBeUndefined()
  expect(whySwap({ findings: [], tables: [table(most, 51), table('no key', 49)] })).toMatch(/most rows/)
  expect(whySwap({ findings: [], tables: [table(most, 50), table('no key', 50)] })).toBeUndefined()
  // A large table that was never analyzed has no estimate of its rows.
  expect(whySwap({ findings: [], tables: [table(most, 51), table('no key', 5000, 0)] })).toBeUndefined()
})
