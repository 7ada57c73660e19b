import { expect, test } from 'vitest'
import { overflowCheck } from '../../../../src/search/typesense/find-overflow.ts'

const check = overflowCheck([
  { name: 'n', type: 'int32' },
  { name: 'parts.n', type: 'int32' },
  { name: 'list', type: 'int32[]' },
  { name: 'wide', type: 'int64' },
  { name: 'wides', type: 'int64[]' },
  { name: 'price', type: 'float' },
])

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
  ['{"wide":9223372036854775808}', 'wide'],
  ['{"wide":-9223372036854775809,"text":"\\"1"}', 'wide'],
  ['{"wide":1,"wides":[1,18446744073709551615]}', 'wides'],
])('%s is beyond 64 bits in the field %s', (json, field) => {
  expect(check(json)).toContain(`Field \`${field}\` must be an int64: its value is beyond 64 bits`)
})

test.each([
  '{"n":2147483647}',
  '{"wide":9223372036854775807,"wides":[-9223372036854775808]}',
  '{"wide":1,"text":"a \\"9223372036854775808\\" b","price":0.12345678901234567890}',
  '{"price":99999999999999999999}',
  '{"n":-2147483648}',
  '{"other":3000000000}',
  '{"n":"3000000000"}',
  '{"n":1,"text":"call 0123456789"}',
  '{"n":30000000000.5}',
])('%s is sent', (json) => {
  expect(check(json)).toBeUndefined()
})
