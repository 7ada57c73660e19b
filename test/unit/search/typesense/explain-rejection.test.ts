import { expect, test } from 'vitest'
import { explainRejection } from '../../../../src/search/typesense/upsert-documents.ts'

test.each([
  [
    'Field `a` must be an array of string.',
    '{"a":["x",null]}',
    /null in it: select array_remove\("a", NULL\)/,
  ],
  ['Field `o.a` must be an array of int64.', '{"o":[{"a":[1]},{"a":[null]}]}', /null in it: add FILTER/],
  [
    'Field `o` has an incorrect type.',
    '{"o":[{"a":1},null]}',
    /null in it: select array_remove.* jsonb_agg\(\)/,
  ],
  ['Field `o.a` must be an array of int64.', '{"o.a":[null]}', /null in it/],
  [
    'Field `g` must be a 2 element array: [lat, lng].',
    '{"g":[null,null]}',
    /select NULL instead of the array/,
  ],
  [
    'Field `Big` must be a float.',
    '{"Big":"NaN"}',
    /It is NaN or infinite.*: CASE WHEN "Big"::text NOT IN \('NaN', 'Infinity', '-Infinity'\) THEN "Big" END AS "Big"\./,
  ],
  ['Field `n` must be an array of float.', '{"n":[1,"Infinity"]}', /It is NaN or infinite/],
  ['Bad JSON', '{"id":"1","o":{"big":1e400}}', /the number in the field `o\.big` is larger than a double/],
  ['Bad JSON', `{"list":[1,-1${'0'.repeat(400)}]}`, /the number in the field `list`/],
])('%s %s: the reason is added', (text, json, reason) => {
  const explained = explainRejection(text, json)
  expect(explained).toMatch(reason)
  expect(explained.startsWith(text)).toBe(true)
})

test.each([
  ['Field `n` must be a float.', '{"n":"12 apples"}'],
  ['Field `n` must be a string.', '{"n":"NaN"}'],
  ['Field `a` must be an array of string.', '{"a":[1]}'],
  ['Field `a` must be an array of string.', 'not JSON'],
  ['Too large.', '{"a":[null]}'],
  ['Bad JSON', '{"a":1e300}'],
  ['Bad JSON', '{"a"'],
])('%s %s: what is not known is not guessed', (text, json) => {
  expect(explainRejection(text, json)).toBe(text)
})
