import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Profile } from '../../src/config/config.ts'
import { verify } from '../../src/jobs/verify.ts'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { asSuperuser } from '../support/databases.ts'
import {
  KEPT_RULES,
  KEPT_SCHEMA,
  KEPT_TABLES,
  type KeptRows,
  keptAfterRun,
  keptChange,
  readKept,
  sortedKept,
} from '../support/kept-model.ts'
import { assertProperty } from '../support/properties.ts'
import { executeElsewhere } from '../support/run-program.ts'
import { profileOf, runRollback, runSync } from '../support/run-sync.ts'
import { createSwapPair, type SwapPair } from '../support/swapped.ts'

/** SQL of `after`, and what it makes of rows. */
interface Script {
  readonly sql: string
  readonly of: (rows: KeptRows) => KeptRows
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
      .array(keptChange, { minLength: 1, maxLength: 4 })
      .map((meanwhile): Step => ({ kind: 'run', way: 'swap', after: [], meanwhile })),
  },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .record({ side: fc.constantFrom('source' as const, 'target' as const), sql: keptChange })
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
      const pair = await createSwapPair(mode, { sourceSql: KEPT_SCHEMA, targetSql: KEPT_SCHEMA })
      try {
        const before: KeptRows[] = []
        const end: Step = { kind: 'run', way: 'merge', after: [], meanwhile: [] }
        for (const each of [...steps, end]) await take(each, pair, before)
      } finally {
        await pair.drop()
      }
    }),
    { numRuns: 3, endOnFailure: true },
  )
}, 3_600_000)

/** @param before what the target held before each run that a rollback can undo, the last one at the end */
async function take(step: Step, pair: SwapPair, before: KeptRows[]): Promise<void> {
  if (step.kind === 'change') {
    if (step.side === 'source') await pair.source.client.query(step.sql)
    else await pair.ask(step.sql)
    // KeptRows of users keep a rollback from writing over them.
    if (step.side === 'target') before.splice(0)
    return
  }
  if (step.kind === 'rollback') return undo(pair, before)
  await bring(step, pair, before)
}

async function bring(
  { way, after: scripts, meanwhile }: Extract<Step, { kind: 'run' }>,
  pair: SwapPair,
  before: KeptRows[],
): Promise<void> {
  if (way === 'load') await pair.ask(`TRUNCATE ${KEPT_TABLES.join(', ')}`)
  const profile: Partial<Profile> = {
    to: pair.to,
    strategy: way,
    ...KEPT_RULES,
    ...(scripts.length === 0 ? {} : { after: { folder, patterns: scripts.map((at) => `${at}.sql`) } }),
  }
  const onEvent = (event: ProgressEvent) => {
    if (event.type === 'phase' && event.phase === 'switch')
      executeElsewhere(pair.target.url, meanwhile.join('; '))
  }
  const [source, start] = [await read(pair, 'source'), await read(pair, 'target')]
  // Without changes, an empty table is not loaded again.
  const isFull = way === 'load'
  const { previousDatabase } = await runSync(pair, {
    profile,
    isFull,
    ...(meanwhile.length === 0 ? {} : { onEvent }),
  })
  const old = meanwhile.length === 0 ? start : await readPrevious(pair, previousDatabase)
  // Changes in a table without a key are only in the previous database.
  const target: KeptRows = { ...old, log: start.log }
  const brought = keptAfterRun(source, target)
  const wanted = scripts.reduce((rows, at) => SCRIPTS[at]?.of(rows) ?? rows, brought)
  expect(sortedKept(await read(pair, 'target'))).toEqual(sortedKept(wanted))
  if (scripts.length === 0) await expectVerified(pair, profile)
  // SQL may have changed what no rollback of a merge can restore, and it does not know what rows that stay were.
  if (way !== 'swap' && scripts.length > 0) before.splice(0)
  else before.push(old)
}

async function undo(pair: SwapPair, before: KeptRows[]): Promise<void> {
  const wanted = before.pop()
  if (wanted === undefined) return
  await runRollback(pair, { profile: { to: pair.to } })
  expect(sortedKept(await read(pair, 'target'))).toEqual(sortedKept(wanted))
  // Only one previous database is kept, and rows that came to stay are not taken away.
  before.splice(0)
}

async function expectVerified(pair: SwapPair, profile: Partial<Profile>): Promise<void> {
  const context = { signal: new AbortController().signal, report: () => undefined }
  const options = { tables: [], samplePercent: 100, limit: 10 }
  const { tables } = await verify(profileOf(pair, profile), options, context)
  expect(tables.filter(({ status }) => status !== 'equal')).toEqual([])
}

async function read(pair: SwapPair, side: 'source' | 'target'): Promise<KeptRows> {
  return side === 'source' ? readKept(pair.source.client) : asSuperuser(pair.target.url, readKept)
}

/** What the database holds that the last swap has replaced. */
async function readPrevious(pair: SwapPair, previous: string | undefined): Promise<KeptRows> {
  const url = new URL(pair.target.url)
  url.pathname = `/${previous}`
  return asSuperuser(url.href, readKept)
}
