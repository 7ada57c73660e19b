import { expect, test } from 'vitest'
import { FINDING_CODES } from '../../../src/core/finding-codes.ts'
import { MESSAGE_PAGES, messagesPage, messagesWithoutCure } from '../../docs/troubleshooting.ts'
import { readDocument } from '../../support/documents.ts'

const document = readDocument('docs/TROUBLESHOOTING.md')

// Where this fails: `npm run messages` writes the lists again.
test.each(MESSAGE_PAGES)('$path has every message that the code has, with the hint that it gives', (page) => {
  expect(readDocument(page.path)).toBe(messagesPage(page))
})

test.each(MESSAGE_PAGES)('$path has a cure for each of them', ({ path }) => {
  expect(messagesWithoutCure(readDocument(path))).toEqual([])
})

test('docs/TROUBLESHOOTING.md has every code of a finding', () => {
  const [, section = ''] = document.split('## Codes\n')
  const rows = Object.entries(FINDING_CODES).map(([code, about]) => `| \`${code}\` | ${about} |`)
  expect(
    section
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .slice(0, rows.length),
  ).toEqual(rows)
})
