import { expect, test } from 'vitest'
import { findCalls, findFromItems, findWritten } from '../../../src/postgres/catalog/names-in-function.ts'

test.each([
  ['SELECT EXISTS (SELECT 1 FROM teams WHERE id = $1)', 'teams'],
  [
    'BEGIN PERFORM 1 FROM ONLY Public.Teams t, "Odd ""Name""" AS o JOIN app."T" ON true; RETURN true; END',
    'public.teams Odd "Name" app.T',
  ],
  ['SELECT count(*) INTO n FROM a LEFT JOIN b USING (id) CROSS JOIN c', 'a b c'],
  ['SELECT name FROM teams', 'teams'],
  ['-- FROM one\n/* from\n two */ SELECT $1 IS DISTINCT FROM old', ''],
  ['UPDATE a SET b = 1 FROM c RETURNING 1', 'c'],
  ['WITH x AS (SELECT * FROM a) SELECT extract(year from d) FROM x, (SELECT 1) y', 'a d x'],
])('%s reads %s', (source, expected) => {
  const names = findFromItems(source).map(({ schema, name }) =>
    schema === undefined ? name : `${schema}.${name}`,
  )
  expect(names.join(' ')).toBe(expected)
})

test('what is called is found by name', () => {
  expect(findCalls('SELECT Public.Is_Team($1) AND "Odd" (2) -- no(1)')).toEqual(['is_team', 'Odd'])
})

test('what is written is found by name', () => {
  const source = `INSERT INTO Logins VALUES (1); UPDATE ONLY app."L" SET a = 1; -- DELETE FROM no
    DELETE FROM public.sessions WHERE id IN (SELECT id FROM other)`
  expect(findWritten(source)).toEqual([
    { schema: undefined, name: 'logins' },
    { schema: 'app', name: 'L' },
    { schema: 'public', name: 'sessions' },
  ])
})
