import { expect, test } from 'vitest'
import { parseTableName } from '../../../src/config/read/parse-table-name.ts'

test.each([
  ['public.users', 'public', 'users'],
  ['public.Event', 'public', 'Event'],
  ['public."Event"', 'public', 'Event'],
  ['"my.schema"."a ""b"" *?"', 'my.schema', 'a "b" *?'],
  ['"""".x', '"', 'x'],
])('%s names one table', (text, schema, name) => {
  expect(parseTableName(text)).toStrictEqual({ schema, name })
})

test.each([
  'users',
  'public.*',
  'publi?.users',
  '*."Event"',
  'a.b.c',
  '',
  '.',
  '"".x',
  'public."Event',
  ' public.users',
])('%j does not', (text) => {
  expect(parseTableName(text)).toBeUndefined()
})
