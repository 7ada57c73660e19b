import { expect, test } from 'vitest'
import { grantorsOf, writeGrants } from '../../../src/schema/write-grants.ts'
import { statementsOf } from '../../../src/schema/write-script.ts'

const privilege = (role: string | null, grantor: string | null = null, isGrantable = false) => ({
  role,
  privilege: 'SELECT',
  isGrantable,
  grantor,
})

test('who passes a privilege on has it before, and gives it as that role', () => {
  const given = [
    privilege(null, 'b; "x"'),
    privilege('a', 'b; "x"'),
    privilege('b; "x"', 'c', true),
    privilege('c', null, true),
    privilege('d'),
  ]
  const statements = writeGrants(
    { column: undefined, all: ['INSERT', 'SELECT'], given, before: [] },
    'TABLE s.t',
  )
  expect(statements).toEqual([
    'GRANT SELECT ON TABLE s.t TO c WITH GRANT OPTION',
    'GRANT SELECT ON TABLE s.t TO d',
    'SET ROLE c;\nGRANT SELECT ON TABLE s.t TO "b; ""x""" WITH GRANT OPTION;\nRESET ROLE',
    'SET ROLE "b; ""x""";\nGRANT SELECT ON TABLE s.t TO PUBLIC;\nRESET ROLE',
    'SET ROLE "b; ""x""";\nGRANT SELECT ON TABLE s.t TO a;\nRESET ROLE',
  ])
  expect(grantorsOf(statements)).toEqual(['c', 'b; "x"', 'b; "x"'])
  // Only this role, or one that may become it, can change them.
  const later = ['FOR ROLE "d e" IN SCHEMA s', 'FOR ROLE f'].map(
    (scope) => `ALTER DEFAULT PRIVILEGES ${scope} GRANT SELECT ON TABLES TO g`,
  )
  expect(grantorsOf(later)).toEqual(['d e', 'f'])
})

test('privileges on members of an extension are changed where its version has them', () => {
  const extension = {
    id: 'pg_extension:1',
    kind: 'extension',
    identity: 'EXTENSION e',
    section: 'pre-data',
    create: ['CREATE EXTENSION e'],
    describe: [],
    dependsOn: [],
    extension: { name: 'e', version: '1' },
    grants: ['REVOKE ALL ON FUNCTION s."$$f"(text) FROM PUBLIC', 'GRANT SELECT ON TABLE s.t TO a'],
  } as const
  const statements = statementsOf(extension, { owner: 'source', grants: 'source' })
  expect(statements).toEqual([
    'CREATE EXTENSION e',
    `DO $q$
BEGIN
  IF EXISTS (SELECT FROM pg_proc WHERE oid::regprocedure::text = 's."$$f"(text)') THEN
    REVOKE ALL ON FUNCTION s."$$f"(text) FROM PUBLIC;
  END IF;
  GRANT SELECT ON TABLE s.t TO a;
END
$q$`,
  ])
})
