import { expect, test } from 'vitest'
import { FINDING_CODES } from '../../../src/core/finding-codes.ts'
import { messagesWithoutCure, withEveryMessage } from '../../docs/troubleshooting.ts'
import { readDocument } from '../../support/documents.ts'

const document = readDocument('docs/TROUBLESHOOTING.md')

// Where this fails: `npm run messages` writes the list anew.
test('docs/TROUBLESHOOTING.md has every message that the code has, with the hint that it gives', () => {
  expect(document).toBe(withEveryMessage(document))
})

test('and every code of a finding', () => {
  const [, section = ''] = document.split('## Codes\n')
  const rows = Object.entries(FINDING_CODES).map(([code, about]) => `| \`${code}\` | ${about} |`)
  expect(
    section
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .slice(0, rows.length),
  ).toEqual(rows)
})

test('and a cure for each of them', () => {
  expect(messagesWithoutCure(document)).toEqual([])
})
