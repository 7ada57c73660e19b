import type pg from 'pg'
import { expect, test } from 'vitest'
import { hostileSourceSql, hostileTargetSql } from '../fixtures/hostile/hostile-scripts.ts'
import { types } from '../fixtures/hostile/types.ts'
import { expectSameContent } from '../support/database-content.ts'
import { createDatabasePair } from '../support/databases.ts'
import { runPlan, runSync } from '../support/run-sync.ts'

/** Columns of types that travel as text, which would keep their tables in text. */
const AS_TEXT =
  /^(money|xml|xid8?|tid|pg_lsn|cid|jsonpath|tsquery|reg\w+|txid_snapshot|pg_snapshot|aclitem(\[\])?|int2vector|oidvector|refcursor|.*\..*)$/

test.each(['load', 'merge'] as const)(
  'every type that travels in the binary form arrives identical at its extremes by a %s',
  async (strategy) => {
    const pair = await createDatabasePair()
    await pair.source.client.query(hostileSourceSql(types))
    await pair.target.client.query(hostileTargetSql(types))
    const dropped = await textColumns(pair.source.client)
    for (const { client } of [pair.source, pair.target])
      for (const { relation, name } of dropped)
        await client.query(`ALTER TABLE ${relation} DROP COLUMN ${name} CASCADE`)
    if (strategy === 'load') await emptyTables(pair.target.client)
    const { tables } = await runPlan(pair, { profile: { strategy } })
    const binary = tables.filter(({ format }) => format === 'binary').map(({ table }) => table.name)
    expect(binary).toEqual(
      expect.arrayContaining([
        'numbers',
        'texts',
        'bytes',
        'times',
        'documents',
        'networks',
        'shapes',
        'arrays',
        'ranges',
        'domains',
      ]),
    )
    await runSync(pair, { profile: { strategy } })
    await expectSameContent(pair.source.client, pair.target.client)
    await pair.drop()
  },
  120_000,
)

async function textColumns(client: pg.Client): Promise<{ relation: string; name: string }[]> {
  await client.query("SET search_path = ''")
  const { rows } = await client.query(
    `SELECT a.attrelid::regclass::text AS relation, quote_ident(a.attname) AS name, format_type(a.atttypid, NULL) AS type, t.typtype AS kind,
       coalesce(format_type(nullif(t.typbasetype, 0), NULL), '') AS base
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
     WHERE c.relnamespace = 'types'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, a.attnum DESC`,
  )
  return rows.filter(({ type, kind, base }) => kind !== 'e' && AS_TEXT.test(kind === 'd' ? base : type))
}

async function emptyTables(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    `SELECT string_agg(oid::regclass::text, ', ') AS names FROM pg_class WHERE relnamespace = 'types'::regnamespace AND relkind = 'r'`,
  )
  await client.query(`TRUNCATE ${rows[0].names} CASCADE`)
}
