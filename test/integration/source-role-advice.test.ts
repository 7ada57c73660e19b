import { expect, test } from 'vitest'
import { checkSourceRole } from '../../src/jobs/check/check-source-role.ts'
import { withDatabases } from '../../src/run/databases.ts'
import { selectionOf } from '../../src/run/selection-of.ts'
import { createDatabasePair } from '../support/databases.ts'
import { profileOf } from '../support/run-sync.ts'

test('the role that is proposed for reading passes policies of selected tables, and of no others', async () => {
  const pair = await createDatabasePair({
    sourceSql:
      'CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE guarded (id int); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY',
  })
  const profile = profileOf(pair)
  const context = { signal: new AbortController().signal, report: () => undefined }
  const advise = (excluded: readonly string[]) =>
    withDatabases(profile, context, async ({ source }) => {
      const selection = selectionOf(profile, { tables: [], excluded })
      return (await checkSourceRole(await source.session(), 'production', selection))[0]?.hint
    })
  const [guarded, plain] = [await advise([]), await advise(['public.guarded'])]
  await pair.drop()
  expect(guarded).toContain('CREATE ROLE mbsync_reader LOGIN BYPASSRLS PASSWORD')
  expect(guarded).toContain('such as those of public.guarded')
  expect(plain).toContain('CREATE ROLE mbsync_reader LOGIN PASSWORD')
  expect(plain).not.toContain('BYPASSRLS')
})
