import fc from 'fast-check'
import type { ProgressEvent } from '../../../src/progress/progress.ts'
import type { How } from './ways-to-run.ts'

const id = fc.integer({ min: 0, max: 40 })
const value = fc.integer({ min: 0, max: 9 })
const keyed = fc.constantFrom('item', 'parted', 'spare', 'plain')

const change: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(keyed, id, value)
    .map(
      ([name, i, v]) =>
        `INSERT INTO ${name} (id, v) VALUES (${i}, '${v}') ON CONFLICT (id) DO UPDATE SET v = excluded.v`,
    ),
  fc
    .tuple(id, id)
    .map(
      ([i, j]) => `INSERT INTO child VALUES (${i}, ${j}) ON CONFLICT (id) DO UPDATE SET item = excluded.item`,
    ),
  fc
    .tuple(fc.oneof(keyed, fc.constant('child')), id, value)
    .map(([name, from, n]) => `DELETE FROM ${name} WHERE id BETWEEN ${from} AND ${from + n}`),
  fc
    .tuple(keyed, id, value)
    .map(
      ([name, i, n]) => `DELETE FROM ${name} WHERE id = ${i}; INSERT INTO ${name} (id) VALUES (${900 + n})`,
    ),
  fc.tuple(fc.constantFrom('spare', 'plain'), id).map(([name, i]) => `UPDATE ${name} SET id = ${i} - id`),
  value.map((v) => `INSERT INTO log VALUES (${v})`),
  fc.tuple(id, value).map(([i, n]) => `UPDATE item SET m = 'two', extra = ${n} WHERE id = ${i}`),
  fc
    .tuple(keyed, fc.integer({ min: 65, max: 90 }))
    .map(
      ([name, n]) =>
        `DO $$ BEGIN FOR i IN 1..${n} LOOP BEGIN INSERT INTO ${name} (id) VALUES (i); EXCEPTION WHEN unique_violation THEN UPDATE ${name} SET v = i WHERE id = i; END; END LOOP; END $$`,
    ),
)

const swap = (a: string, b: string) =>
  `ALTER TABLE ${a} RENAME TO swapped; ALTER TABLE ${b} RENAME TO ${a}; ALTER TABLE swapped RENAME TO ${b}`
/** What changes rows, or where they are, without writing them. */
const definition: fc.Arbitrary<string> = fc.constantFrom(
  'TRUNCATE item CASCADE',
  'TRUNCATE plain; INSERT INTO plain (id) VALUES (5)',
  'VACUUM FREEZE item',
  'VACUUM FULL plain',
  'CLUSTER spare USING spare_pkey',
  'ALTER TABLE item DROP COLUMN extra; ALTER TABLE item ADD COLUMN extra int DEFAULT 7',
  `ALTER TABLE plain DROP COLUMN v; ALTER TABLE plain ADD COLUMN v text DEFAULT 'again'`,
  `ALTER TABLE spare ALTER v TYPE varchar(40); ALTER TABLE spare ALTER v TYPE text`,
  `ALTER TYPE mood RENAME VALUE 'one' TO 'other'; ALTER TYPE mood RENAME VALUE 'two' TO 'one'; ALTER TYPE mood RENAME VALUE 'other' TO 'two'`,
  'ALTER TABLE plain SET UNLOGGED',
  'ALTER TABLE plain SET LOGGED',
  'ALTER TABLE plain REPLICA IDENTITY FULL',
  'ALTER TABLE item ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE item DISABLE ROW LEVEL SECURITY',
  swap('spare', 'plain'),
  `ALTER TABLE parted DETACH PARTITION low; ${swap('low', 'spare')}; ALTER TABLE parted ATTACH PARTITION low FOR VALUES FROM (-1000) TO (500)`,
  'ALTER TABLE parted DETACH PARTITION high; UPDATE high SET v = 1; ALTER TABLE parted ATTACH PARTITION high FOR VALUES FROM (500) TO (5000)',
  `TRUNCATE spare; COPY spare (id) FROM PROGRAM 'seq 1 9' (FREEZE)`,
)

/** The same on both sides, as by a migration. */
const migration: fc.Arbitrary<string> = fc.constantFrom(
  'ALTER TABLE plain ALTER id TYPE bigint',
  'ALTER TABLE plain ALTER id TYPE int',
  'ALTER TABLE item ADD COLUMN made int GENERATED ALWAYS AS (extra + 1) STORED',
  'ALTER TABLE item DROP COLUMN made; ALTER TABLE item ADD COLUMN made int GENERATED ALWAYS AS (extra + 2) STORED',
  'ALTER TABLE item ALTER made DROP EXPRESSION',
  'ALTER TABLE spare DROP CONSTRAINT IF EXISTS spare_pkey; ALTER TABLE spare ADD CONSTRAINT spare_pkey PRIMARY KEY (id)',
  `ALTER TABLE log ADD COLUMN id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY`,
  'ALTER TABLE log DROP COLUMN id',
  `CREATE TABLE more PARTITION OF parted FOR VALUES FROM (5000) TO (9000); INSERT INTO parted VALUES (6000, 'more')`,
)

export type Side = 'source' | 'target'
export type Step =
  | { readonly kind: 'sync'; readonly how: How; readonly meets: Meeting | undefined }
  | { readonly kind: 'write'; readonly side: Side; readonly sql: string }
  | { readonly kind: 'migrate'; readonly sql: string }
  /** In a transaction of the source that stays open across runs. */
  | { readonly kind: 'open'; readonly sql: string }
  | { readonly kind: 'server'; readonly side: Side; readonly act: Act }
  | { readonly kind: 'rollback' }
export type Act = 'restart' | 'crash' | 'copy' | 'put back' | 'reset' | 'reset all' | 'visit' | 'leave'
/** What happens while a run works. */
export interface Meeting {
  readonly at: ProgressEvent['type']
  readonly does: 'write' | 'abort' | 'kill'
  readonly sql: string
}

const side = fc.constantFrom<Side>('source', 'target')
/** One of them. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      side: fc.oneof(
        { weight: 2, arbitrary: fc.constant<Side>('source') },
        { weight: 1, arbitrary: fc.constant<Side>('target') },
      ),
      sql: fc.oneof(
        { weight: 4, arbitrary: change },
        { weight: 1, arbitrary: change.map((sql) => `${sql}; SELECT 1/0`) },
        { weight: 2, arbitrary: definition },
      ),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('sync' as const),
      how: fc.oneof(
        { weight: 4, arbitrary: fc.constant<How>('plain') },
        {
          weight: 3,
          arbitrary: fc.constantFrom<How>('full', 'condition', 'column', 'without child', 'plain alone'),
        },
      ),
      meets: fc.option(
        fc.record({
          at: fc.constantFrom<ProgressEvent['type']>(
            'run-opened',
            'copy-planned',
            'part-finished',
            'merge-planned',
            'table-compared',
            'table-merged',
          ),
          does: fc.constantFrom<Meeting['does']>('write', 'write', 'abort', 'kill'),
          sql: change,
        }),
        { nil: undefined, freq: 3 },
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('open' as const),
      sql: fc.oneof(
        fc.constantFrom('COMMIT', 'ROLLBACK', 'COMMIT', `PREPARE TRANSACTION 'p'`, `COMMIT PREPARED 'p'`),
        fc.constantFrom('SELECT FROM item FOR KEY SHARE', 'SELECT FROM plain FOR SHARE'),
        change.map((sql) => `SAVEPOINT s; ${sql}; RELEASE s`),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('server' as const),
      side,
      act: fc.constantFrom<Act>(
        'restart',
        'crash',
        'copy',
        'put back',
        'reset',
        'reset all',
        'visit',
        'leave',
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'rollback' }) },
  { weight: 1, arbitrary: migration.map((sql): Step => ({ kind: 'migrate', sql })) },
)
