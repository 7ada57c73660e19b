import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Profile } from '../../src/config/config.ts'
import { verify } from '../../src/jobs/verify.ts'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { assertProperty } from '../support/properties.ts'
import { executeElsewhere } from '../support/run-program.ts'
import { profileOf, runRollback, runSync } from '../support/run-sync.ts'
import { createSwapPair, type SwapPair } from '../support/swapped.ts'

const TABLES = ['item', 'beside', 'mixed', 'whole', 'plain', 'log'] as const
type Name = (typeof TABLES)[number]
const SCHEMA = TABLES.map(
  (name) => `CREATE TABLE ${name} (id int${name === 'log' ? '' : ' PRIMARY KEY'}, env text, v int);`,
).join('\n')

const named = (name: string) => ({ schema: 'public', name })
const RULES = {
  keep: [
    ...['item', 'mixed', 'log'].map((name) => ({ table: named(name), rows: `env = 'own'` })),
    { table: named('whole'), rows: true as const },
  ],
  deletes: {
    others: 'follow' as const,
    tables: ['beside', 'mixed'].map((name) => ({ table: named(name), deletes: 'keep' as const })),
  },
}

interface Row {
  readonly id: number
  readonly env: string | null
  readonly v: number | null
}
type Rows = Readonly<Record<Name, readonly Row[]>>

const isOwn = ({ env }: Row) => env === 'own'
const without = (rows: readonly Row[], others: readonly Row[]) =>
  rows.filter(({ id }) => !others.some((other) => other.id === id))

/** What a run makes of a table, as STRATEGIES.md says it. */
function afterRun(name: Name, source: readonly Row[], target: readonly Row[]): Row[] {
  const own = target.filter(isOwn)
  switch (name) {
    case 'plain':
      return [...source]
    case 'item':
      return [...own, ...without(source, own)]
    case 'beside':
      return [...source, ...without(target, source)]
    case 'mixed':
      return [...own, ...without(source, own), ...without(without(target, source), own)]
    case 'whole':
      return [...target]
    case 'log': {
      // A kept row and an equal one of the source are one and the same.
      const left = source.map((row) => JSON.stringify(row))
      const extra = own.filter((row) => {
        const at = left.indexOf(JSON.stringify(row))
        if (at >= 0) left.splice(at, 1)
        return at < 0
      })
      return [...source, ...extra]
    }
  }
}

/** SQL of `after`, and what it makes of rows. */
interface Script {
  readonly sql: string
  readonly of: (rows: Rows) => Rows
}

const SCRIPTS: readonly Script[] = [
  {
    sql: 'UPDATE plain SET v = v + 100 WHERE id % 2 = 0',
    of: (rows) => ({
      ...rows,
      plain: rows.plain.map((row) => (row.id % 2 === 0 ? { ...row, v: (row.v ?? 0) + 100 } : row)),
    }),
  },
  {
    sql: 'DELETE FROM item WHERE v = 3; DELETE FROM log WHERE v = 2',
    of: (rows) => ({
      ...rows,
      item: rows.item.filter(({ v }) => v !== 3),
      log: rows.log.filter(({ v }) => v !== 2),
    }),
  },
  {
    sql: `INSERT INTO mixed VALUES (77, 'own', 1) ON CONFLICT (id) DO UPDATE SET v = mixed.v + 1; UPDATE log SET env = 'own' WHERE v = 4`,
    of: (rows) => ({
      ...rows,
      mixed: rows.mixed.some(({ id }) => id === 77)
        ? rows.mixed.map((row) => (row.id === 77 ? { ...row, v: (row.v ?? 0) + 1 } : row))
        : [...rows.mixed, { id: 77, env: 'own', v: 1 }],
      log: rows.log.map((row) => (row.v === 4 ? { ...row, env: 'own' } : row)),
    }),
  },
  {
    sql: `DO $$ BEGIN INSERT INTO beside VALUES (88, NULL, 8); EXCEPTION WHEN unique_violation THEN NULL; END $$`,
    of: (rows) => ({
      ...rows,
      beside: rows.beside.some(({ id }) => id === 88)
        ? rows.beside
        : [...rows.beside, { id: 88, env: null, v: 8 }],
    }),
  },
  { sql: 'TRUNCATE plain', of: (rows) => ({ ...rows, plain: [] }) },
]

type Step =
  | { readonly kind: 'change'; readonly side: 'source' | 'target'; readonly sql: string }
  | {
      readonly kind: 'run'
      readonly way: 'merge' | 'load' | 'swap'
      /** Which scripts run after the rows. */
      readonly after: readonly number[]
      /** What users do to the target before the switch. */
      readonly meanwhile: readonly string[]
    }
  | { readonly kind: 'rollback' }

const change = fc
  .tuple(
    fc.constantFrom(...TABLES),
    fc.integer({ min: 0, max: 12 }),
    fc.constantFrom(`'own'`, `'live'`, 'NULL'),
    fc.integer({ min: 0, max: 9 }),
    fc.constantFrom('put', 'put', 'put', 'delete', 'move', 'change'),
  )
  .map(([name, id, env, v, kind]) => {
    if (kind === 'delete') return `DELETE FROM ${name} WHERE id = ${id}`
    if (kind === 'change') return `UPDATE ${name} SET env = ${env} WHERE v = ${v}`
    if (kind === 'move')
      return `UPDATE ${name} SET id = id + 20 WHERE id = ${id} AND NOT EXISTS (SELECT FROM ${name} WHERE id = ${id} + 20)`
    const conflict =
      name === 'log' ? '' : ' ON CONFLICT (id) DO UPDATE SET env = excluded.env, v = excluded.v'
    return `INSERT INTO ${name} VALUES (${id}, ${env}, ${v})${conflict}`
  })

const after = fc.oneof(
  { weight: 2, arbitrary: fc.constant<number[]>([]) },
  {
    weight: 1,
    arbitrary: fc.subarray(
      SCRIPTS.map((_, at) => at),
      { minLength: 1, maxLength: 3 },
    ),
  },
)
const run = fc.oneof(
  {
    weight: 5,
    arbitrary: after.map((scripts): Step => ({ kind: 'run', way: 'merge', after: scripts, meanwhile: [] })),
  },
  {
    weight: 1,
    arbitrary: after.map((scripts): Step => ({ kind: 'run', way: 'load', after: scripts, meanwhile: [] })),
  },
  {
    weight: 2,
    arbitrary: after.map((scripts): Step => ({ kind: 'run', way: 'swap', after: scripts, meanwhile: [] })),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(change, { minLength: 1, maxLength: 4 })
      .map((meanwhile): Step => ({ kind: 'run', way: 'swap', after: [], meanwhile })),
  },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .record({ side: fc.constantFrom('source' as const, 'target' as const), sql: change })
      .map((each): Step => ({ kind: 'change', ...each })),
  },
  { weight: 4, arbitrary: run },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'rollback' }) },
)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mbsync-kept-property-'))
  for (const [at, { sql }] of SCRIPTS.entries()) writeFileSync(join(folder, `${at}.sql`), sql)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('whatever happens on both sides, each strategy leaves rows that stay as users left them, runs SQL after the others, and can be undone', async () => {
  const history = fc.tuple(
    fc.constantFrom('a superuser' as const, 'a plain owner' as const),
    fc.array(step, { minLength: 10, maxLength: 40 }),
  )
  await assertProperty(
    fc.asyncProperty(history, async ([mode, steps]) => {
      const pair = await createSwapPair(mode, { sourceSql: SCHEMA, targetSql: SCHEMA })
      try {
        const before: Rows[] = []
        const end: Step = { kind: 'run', way: 'merge', after: [], meanwhile: [] }
        for (const each of [...steps, end]) await take(each, pair, before)
      } finally {
        await pair.drop()
      }
    }),
    { numRuns: 6, endOnFailure: true },
  )
}, 3_600_000)

/** @param before what the target held before each run that a rollback can undo, the last one at the end */
async function take(step: Step, pair: SwapPair, before: Rows[]): Promise<void> {
  if (step.kind === 'change') {
    if (step.side === 'source') await pair.source.client.query(step.sql)
    else await pair.ask(step.sql)
    // Rows of users keep a rollback from writing over them.
    if (step.side === 'target') before.splice(0)
    return
  }
  if (step.kind === 'rollback') return undo(pair, before)
  await bring(step, pair, before)
}

async function bring(
  { way, after: scripts, meanwhile }: Extract<Step, { kind: 'run' }>,
  pair: SwapPair,
  before: Rows[],
): Promise<void> {
  if (way === 'load') await pair.ask(`TRUNCATE ${TABLES.join(', ')}`)
  const profile: Partial<Profile> = {
    to: pair.to,
    strategy: way,
    ...RULES,
    ...(scripts.length === 0 ? {} : { after: { folder, patterns: scripts.map((at) => `${at}.sql`) } }),
  }
  const onEvent = (event: ProgressEvent) => {
    if (event.type === 'phase' && event.phase === 'switch')
      executeElsewhere(pair.target.url, meanwhile.join('; '))
  }
  const [source, start] = [await read(pair, 'source'), await read(pair, 'target')]
  await runSync(pair, { profile, ...(meanwhile.length === 0 ? {} : { onEvent }) })
  const old = meanwhile.length === 0 ? start : await readPrevious(pair)
  // Changes in a table without a key are only in the previous database.
  const target: Rows = { ...old, log: start.log }
  const brought = Object.fromEntries(
    TABLES.map((name) => [name, afterRun(name, source[name], target[name])]),
  ) as unknown as Rows
  const wanted = scripts.reduce((rows, at) => SCRIPTS[at]?.of(rows) ?? rows, brought)
  expect(sorted(await read(pair, 'target'))).toEqual(sorted(wanted))
  if (scripts.length === 0) await expectVerified(pair, profile)
  // SQL may have changed what no rollback of a merge can restore, and it does not know what rows that stay were.
  if (way !== 'swap' && scripts.length > 0) before.splice(0)
  else before.push(old)
}

async function undo(pair: SwapPair, before: Rows[]): Promise<void> {
  const wanted = before.pop()
  if (wanted === undefined) return
  await runRollback(pair, { profile: { to: pair.to } })
  expect(sorted(await read(pair, 'target'))).toEqual(sorted(wanted))
  // Only one previous database is kept, and rows that came to stay are not taken away.
  before.splice(0)
}

async function expectVerified(pair: SwapPair, profile: Partial<Profile>): Promise<void> {
  const context = { signal: new AbortController().signal, report: () => undefined }
  const options = { tables: [], samplePercent: 100, limit: 10 }
  const { tables } = await verify(profileOf(pair, profile), options, context)
  expect(tables.filter(({ status }) => status !== 'equal')).toEqual([])
}

const READ = TABLES.map((name) => `SELECT '${name}' AS name, id, env, v FROM public.${name}`).join(
  ' UNION ALL ',
)
type NamedRow = Row & { readonly name: Name }

async function read(pair: SwapPair, side: 'source' | 'target'): Promise<Rows> {
  return byTable(
    side === 'target'
      ? await pair.ask<NamedRow>(READ)
      : (await pair.source.client.query<NamedRow>(READ)).rows,
  )
}

/** What the database holds that the last swap has replaced. */
async function readPrevious(pair: SwapPair): Promise<Rows> {
  const [previous = ''] = (await pair.beside()).filter((name) => name.includes('_prev_'))
  const { connect } = await import('../support/databases.ts')
  const url = new URL(pair.target.url)
  url.pathname += previous
  const client = await connect(url.href)
  const { rows } = await client.query<NamedRow>(READ)
  await client.end()
  return byTable(rows)
}

function byTable(all: readonly NamedRow[]): Rows {
  return Object.fromEntries(
    TABLES.map((table) => [
      table,
      all.filter(({ name }) => name === table).map(({ id, env, v }) => ({ id, env, v })),
    ]),
  ) as unknown as Rows
}

function sorted(rows: Rows): Record<string, string[]> {
  return Object.fromEntries(TABLES.map((name) => [name, rows[name].map((row) => JSON.stringify(row)).sort()]))
}
