import { expect, test } from 'vitest'
import { messagesWithoutCure, withEveryMessage } from '../../docs/troubleshooting.ts'
import { readDocument } from '../../support/documents.ts'

const document = readDocument('docs/TROUBLESHOOTING.md')

// Where this fails: `npm run messages` writes the list anew.
test('docs/TROUBLESHOOTING.md has every message that the code has, with the hint that it gives', () => {
  expect(document).toBe(withEveryMessage(document))
})

test('and a cure for each of them', () => {
  expect(messagesWithoutCure(document)).toEqual([])
})
