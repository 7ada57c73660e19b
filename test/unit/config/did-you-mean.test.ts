import { expect, test } from 'vitest'
import { didYouMean } from '../../../src/config/read/did-you-mean.ts'

test.each([
  ['exlude', 'exclude'],
  ['Jobs', 'jobs'],
  ['WHERE', 'where'],
])('%s is near %s', (name, nearest) => {
  expect(didYouMean(name, ['include', 'exclude', 'jobs', 'where', 'to'])).toBe(
    `; did you mean \`${nearest}\`?`,
  )
})

test.each(['x', 'parallelism', ''])('%j is near nothing', (name) => {
  expect(didYouMean(name, ['include', 'exclude', 'jobs', 'where', 'to'])).toBe('')
})
