import { expect, test } from 'vitest'
import { writeDiffScript } from '../../src/schema/diff/write-diff-script.ts'
import { createDatabasePair, createRole } from '../support/databases.ts'
import { diffOf, linesOf } from '../support/schema-diff.ts'

test('settings and the comment of a database are compared, need a review, and show no value that may be a secret', async () => {
  const pair = await createDatabasePair()
  const { source, target } = pair
  const role = await createRole(source.url)
  try {
    await source.client.query(`ALTER DATABASE ${source.name} SET work_mem = '7MB'; ALTER DATABASE ${source.name} SET search_path = app, "Odd one";
      ALTER DATABASE ${source.name} SET app.key = 's3cret'; COMMENT ON DATABASE ${source.name} IS 'it''s the source'`)
    await source.client.query(`ALTER ROLE ${role} IN DATABASE ${source.name} SET geqo = off`)
    await target.client.query(`ALTER DATABASE ${target.name} SET work_mem = '5MB'; ALTER DATABASE ${target.name} SET jit = off;
      ALTER DATABASE ${target.name} SET app.key = 'another'`)
    const diff = await diffOf(pair)
    const review = '(it may be meant for one of the two databases alone)'
    expect(linesOf(diff)).toEqual(
      [
        'setting app.key has another value in the source',
        'setting search_path: not set, in the source app, "Odd one"',
        'setting work_mem: 5MB, in the source 7MB',
        `setting geqo of role ${role}: not set, in the source off`,
        'setting jit: off, in the source not set',
        'comment is missing',
      ].map((what) => `DATABASE ${target.name}: ${what} ${review}`),
    )
    const script = writeDiffScript(diff)
    expect(script).not.toMatch(/s3cret|another'/)
    expect(script).toContain(`--     ALTER DATABASE ${target.name} SET "search_path" TO 'app', 'Odd one';`)
    const statements = diff.differences.flatMap(({ changes }) =>
      changes.flatMap((one) => one.statements.within ?? []),
    )
    for (const sql of statements) if (!sql.includes('geqo')) await target.client.query(sql)
    await target.client.query(`ALTER DATABASE ${target.name} SET app.key = 's3cret'`)
    expect(linesOf(await diffOf(pair)).map((line) => line.includes('geqo'))).toEqual([true])
  } finally {
    await source.client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`).catch(() => undefined)
    await pair.drop()
  }
})
