import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { quoteName } from '../../../src/schema/quote-name.ts'
import type { SchemaObject } from '../../../src/schema/schema-object.ts'
import { SCRIPT_VERSION, statementsOf, writeScript } from '../../../src/schema/write-script.ts'

const TABLE: SchemaObject = {
  id: 'pg_class:1',
  kind: 'table',
  identity: 'TABLE public."a\n\\! rm x"',
  schema: 'public',
  section: 'pre-data',
  create: ['CREATE TABLE t ()'],
  describe: [`COMMENT ON TABLE t IS 'c'`],
  grants: ['GRANT SELECT ON TABLE t TO r', 'GRANT MAINTAIN ON TABLE t TO r'],
  owner: 'Owner',
  dependsOn: [],
}

test('a name with a line break stays within its comment', () => {
  const script = writeScript({ objects: [TABLE] }, { owner: 'connecting role', grants: 'none' })
  expect(script).toContain(`\n-- TABLE public."a \\! rm x"\nCREATE TABLE t ();\nCOMMENT ON TABLE t IS 'c';\n`)
  expect(script).not.toContain('\n\\!')
})

test('owners and privileges are written where they are asked for', () => {
  expect(statementsOf(TABLE, { owner: 'source', grants: 'source' })).toEqual([
    'CREATE TABLE t ()',
    'ALTER TABLE public."a\n\\! rm x" OWNER TO "Owner"',
    `COMMENT ON TABLE t IS 'c'`,
    'GRANT SELECT ON TABLE t TO r',
    'GRANT MAINTAIN ON TABLE t TO r',
  ])
})

test('an older server is not given what it does not know', () => {
  const rename = 'ALTER TABLE ONLY public."a b"".c" RENAME CONSTRAINT x TO y'
  const object = {
    ...TABLE,
    create: [rename, `ALTER TABLE ONLY t ALTER c SET DEFAULT ' RENAME CONSTRAINT '`],
  }
  const given = (serverVersion: number) =>
    statementsOf(object, { owner: 'connecting role', grants: 'source', serverVersion })
  expect(given(160_000)).toEqual([object.create[1], TABLE.describe[0], TABLE.grants[0]])
  expect(given(170_000)).toEqual([object.create[1], TABLE.describe[0], ...TABLE.grants])
  expect(given(180_000)).toEqual([...object.create, TABLE.describe[0], ...TABLE.grants])
})

test.each([
  ['plain', 'plain'],
  ['Mixed', '"Mixed"'],
  ['a"b', '"a""b"'],
  ['user', '"user"'],
  ['system_user', '"system_user"'],
  ['comment', 'comment'],
  ['1', '"1"'],
  ['', '""'],
])('the name %j is written as %s', (name, quoted) => {
  expect(quoteName(name)).toBe(quoted)
})

test('the text that dumps have is as it was in this version of scripts', () => {
  const script = writeScript({ objects: [TABLE] }, { owner: 'connecting role', grants: 'none' })
  // If this fails, dumps that were written before are refused: see SCRIPT_VERSION.
  expect([SCRIPT_VERSION, createHash('sha256').update(script).digest('hex')]).toEqual([
    2,
    '2e695089bbf4fdf37dd55f8196c50166083b2955ecf982e82ae47dd28a57ae3c',
  ])
})
