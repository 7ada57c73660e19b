import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { maskedBy } from '../support/masks.ts'
import { runSync } from '../support/run-sync.ts'

/** A generator of numbers that a seed decides. */
function randomFrom(seed: number) {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const KEYS = ['int', 'bigint', 'uuid', 'text'] as const
const TABLES = 6
const SCHEMA = Array.from({ length: TABLES }, (_, n) => {
  const key = KEYS[n % KEYS.length]
  return `CREATE TABLE t${n} (k ${key} PRIMARY KEY, parent ${key} REFERENCES t${n}, mail text UNIQUE, label varchar(30), born date, amount numeric(9,2), doc jsonb, plain int);`
}).join('\n')

const CHOICES: Record<string, readonly unknown[]> = {
  mail: ['email', 'hash', 'url'],
  label: ['name', 'text', 'company', { sql: "left(label, 1) || '…'" }, { mask: 'hash', where: 'plain > 5' }],
  born: [
    'date-shift',
    { mask: 'date-truncate', unit: 'year' },
    { mask: 'date-shift', by: 'mail', days: 3 },
    null,
  ],
  amount: ['noise', { sql: 'round(amount, -1)' }, { mask: 'constant', value: 1 }],
  doc: ['redact-json', { mask: 'redact-json', paths: ['a.b', 'list.1'] }, null],
}

/** Masks for each table; all but the first have masked keys. */
function drawMasks(random: (below: number) => number) {
  return Object.fromEntries(
    Array.from({ length: TABLES }, (_, n) => {
      const columns = Object.entries(CHOICES).flatMap(([column, masks]) =>
        // What an earlier round has masked is not brought raw unless it is accepted.
        random(4) === 0
          ? [[column, { accept: 'made up' }] as const]
          : [[column, masks[random(masks.length)]] as const],
      )
      return [`public.t${n}`, Object.fromEntries([...(n > 0 ? [['k', 'hash'] as const] : []), ...columns])]
    }),
  )
}

function keySql(n: number, i: number): string {
  const key = KEYS[n % KEYS.length]
  if (key === 'uuid') return `'00000000-0000-4000-8000-${String(i).padStart(12, '0')}'`
  return key === 'text' ? `'key-${i}'` : key === 'bigint' ? `${i * 1_000_003}` : `${i - 20}`
}

function rowSql(n: number, i: number, random: (below: number) => number): string {
  const parent = random(3) === 0 ? keySql(n, 1) : 'NULL'
  return `(${keySql(n, i)}, ${parent}, ${random(5) === 0 ? 'NULL' : `'Mail${i}-${random(1000)}@x.example'`}, 'Label é ${random(50)}', date '1980-01-01' + ${random(9000)},
    ${random(100_000)} / 7.0, '{"a": {"b": "secret ${random(9)}"}, "list": ["x", "y${random(9)}"]}', ${random(12)})`
}

let pair: DatabasePair
let fresh: DatabasePair
beforeAll(async () => {
  pair = await createDatabasePair({ sourceSql: SCHEMA, targetSql: SCHEMA })
  fresh = await createDatabasePair({ targetSql: SCHEMA })
})
afterAll(async () => {
  await pair?.drop()
  await fresh?.drop()
})

async function contentOf({ target }: DatabasePair): Promise<unknown[]> {
  const tables = Array.from({ length: TABLES }, (_, n) => `SELECT ${n} AS n, t::text AS row FROM t${n} AS t`)
  const { rows } = await target.client.query(`${tables.join(' UNION ALL ')} ORDER BY 1, 2`)
  return rows
}

test('whatever masks and changes, incremental runs leave what a fresh masked copy has', async () => {
  const random = randomFrom(20261129)
  const { client } = pair.source
  for (let n = 0; n < TABLES; n += 1) {
    const rows = Array.from({ length: 40 }, (_, i) => rowSql(n, i + 1, random))
    await client.query(`INSERT INTO t${n} VALUES ${rows.join(', ')}`)
  }
  let kinds: string[] = []
  for (let round = 0; round < 4; round += 1) {
    const profile = maskedBy(drawMasks(random))
    await untilSettled(client)
    await runSync(pair, { profile })
    for (let n = 0; n < TABLES; n += 1) {
      const at = 2 + random(30)
      await client.query(`DELETE FROM t${n} WHERE parent IS NULL AND k IN (${keySql(n, at)}, ${keySql(n, at + 1)}) AND NOT EXISTS (SELECT FROM t${n} c WHERE c.parent = t${n}.k);
        UPDATE t${n} SET mail = 'New${round}-' || plain || '@x.example', plain = ${random(12)} WHERE k = ${keySql(n, 2 + random(30))};
        INSERT INTO t${n} VALUES ${rowSql(n, 100 + round, random)} ON CONFLICT DO NOTHING`)
    }
    await untilSettled(client)
    const { tables } = await runSync(pair, { profile })
    kinds = tables.map(({ table, deleted }) => `${table.name}: ${deleted}`)
    await runSync({ ...fresh, source: pair.source }, { profile })
    expect(await contentOf(pair)).toEqual(await contentOf(fresh))
  }
  expect(kinds).toHaveLength(TABLES)
  const { rows } = await pair.target.client.query(
    `SELECT count(*) FILTER (WHERE mode = 'incremental')::int AS incremental FROM mbsync.run_tables`,
  )
  expect(rows[0].incremental).toBeGreaterThan(TABLES * 2)
})
