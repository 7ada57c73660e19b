import { expect, test } from 'vitest'
import { overflowCheck } from '../../../../src/search/typesense/find-overflow.ts'

const check = overflowCheck(['n', 'parts.n', 'list'])

test.each([
  ['{"n":2147483648}', 'n'],
  ['{"n":-2147483649}', 'n'],
  ['{"list":[1,99999999999]}', 'list'],
  ['{"parts":[{"n":1},{"n":3000000000}]}', 'parts.n'],
  ['{"parts":{"n":3000000000}}', 'parts.n'],
])('%s is beyond 32 bits in the field %s', (json, field) => {
  expect(check(json)).toContain(`Field \`${field}\` must be an int32`)
})

test.each([
  '{"n":2147483647}',
  '{"n":-2147483648}',
  '{"other":3000000000}',
  '{"n":"3000000000"}',
  '{"n":1,"text":"call 0123456789"}',
  '{"n":30000000000.5}',
])('%s is sent', (json) => {
  expect(check(json)).toBeUndefined()
})
