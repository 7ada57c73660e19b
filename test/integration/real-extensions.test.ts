import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { connect } from '../support/databases.ts'
import { installedPostgres } from '../support/installed-postgres.ts'
import { runHere } from '../support/run-mbsync.ts'

interface RealExtension {
  readonly name: string
  readonly settings?: Readonly<Record<string, string>>
  /** In the source, and in the target, which may have it in another schema. */
  readonly create: readonly [source: string, target: string]
  readonly schemaSql: string
  readonly sourceSql: string
  readonly targetSql: string
  /** What changes in the source before the second run. */
  readonly changeSql: string
  readonly compare: readonly string[]
  /** What `check` says of it. */
  readonly said: readonly string[]
}

const EXTENSIONS: readonly RealExtension[] = [
  {
    name: 'postgis',
    create: ['CREATE EXTENSION postgis', 'CREATE SCHEMA gis; CREATE EXTENSION postgis SCHEMA gis'],
    schemaSql: `CREATE TABLE place (id int PRIMARY KEY, at geometry(Point, 4326), area geography(Polygon), room box3d);
      CREATE INDEX ON place USING gist (at); CREATE INDEX ON place USING gist (area);
      CREATE TABLE spot (at geometry NOT NULL UNIQUE, v int);
      CREATE TABLE made (id int PRIMARY KEY, at geometry GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(id, id), 4326)) STORED);
      CREATE TABLE valid (id int PRIMARY KEY, shape geometry, CHECK (ST_IsValid(shape)))`,
    sourceSql: `INSERT INTO place SELECT g, ST_SetSRID(ST_MakePoint(g * 0.1, g), 4326), ST_MakeEnvelope(g * 0.1, 0, g * 0.1 + 0.05, 1, 4326)::geography,
        ST_3DMakeBox(ST_MakePoint(g, g, g), ST_MakePoint(g + 1, g + 1, g + 1)) FROM generate_series(1, 100) AS g;
      INSERT INTO spot SELECT ST_MakePoint(g, g), g FROM generate_series(1, 30) AS g; INSERT INTO made SELECT generate_series(1, 9);
      INSERT INTO valid SELECT g, ST_Buffer(ST_MakePoint(g, g), 1) FROM generate_series(1, 9) AS g;
      INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text) VALUES (990001, 'local', 990001, 'LOCAL', '+proj=longlat')`,
    targetSql: `INSERT INTO place (id) VALUES (1), (999); INSERT INTO spot VALUES (ST_MakePoint(1, 1), 0), (ST_MakePoint(0, 0), 0)`,
    changeSql: `UPDATE place SET at = ST_SetSRID(ST_MakePoint(7, 7), 4326) WHERE id < 4; DELETE FROM spot WHERE v = 5`,
    compare: ['place', 'spot', 'made', 'valid'].map(
      (table) => `SELECT t::text FROM ${table} AS t ORDER BY 1`,
    ),
    said: ['public.spatial_ref_sys: belongs to extension postgis and holds rows that users have added'],
  },
  {
    name: 'vector',
    create: [
      'CREATE EXTENSION vector',
      'CREATE SCHEMA extensions; CREATE EXTENSION vector SCHEMA extensions',
    ],
    schemaSql: `CREATE TABLE doc (id bigserial PRIMARY KEY, body text, e vector(3), h halfvec(3), s sparsevec(5));
      CREATE INDEX ON doc USING hnsw (e vector_l2_ops); CREATE INDEX ON doc USING hnsw (h halfvec_cosine_ops)`,
    sourceSql: `INSERT INTO doc (body, e, h, s) SELECT 'b' || g, ('[' || g || ',0.1,-3.5]')::vector, ('[' || g || ',0.5,1]')::halfvec,
        ('{1:' || g || ',3:2}/5')::sparsevec FROM generate_series(1, 300) AS g`,
    targetSql: `INSERT INTO doc (body, e) VALUES ('old', '[1,2,3]')`,
    changeSql: `UPDATE doc SET e = '[9,9,9]' WHERE id = 7; DELETE FROM doc WHERE id = 5`,
    compare: [
      'SELECT t::text FROM doc AS t ORDER BY 1',
      `SET enable_seqscan = off; SELECT id FROM doc ORDER BY e <-> '[9,9,9]' LIMIT 1`,
    ],
    said: [],
  },
  {
    name: 'timescaledb',
    settings: { shared_preload_libraries: 'timescaledb', 'timescaledb.telemetry_level': 'off' },
    create: ['CREATE EXTENSION timescaledb', 'CREATE EXTENSION timescaledb'],
    schemaSql: `CREATE TABLE metrics (time timestamptz NOT NULL, v float8); SELECT create_hypertable('metrics', 'time');
      CREATE TABLE device (id int PRIMARY KEY)`,
    sourceSql: `INSERT INTO metrics SELECT '2026-01-01'::timestamptz + g * interval '1 day', g FROM generate_series(1, 30) AS g;
      INSERT INTO device SELECT generate_series(1, 3)`,
    targetSql: 'INSERT INTO device VALUES (9)',
    changeSql: 'INSERT INTO device VALUES (4)',
    compare: ['TABLE device ORDER BY 1'],
    said: [
      'It is a hypertable of TimescaleDB, whose chunks differ from database to database.',
      "To leave them out without this note: exclude: ['_timescaledb_catalog.*'].",
    ],
  },
]

describe.each(EXTENSIONS)('$name', (extension) => {
  const reason = whyWithout(extension.name)
  const { settings = {}, create, schemaSql, sourceSql, targetSql, changeSql, compare, said } = extension
  let cluster: Cluster

  beforeAll(async () => {
    const installation = installedPostgres()
    if (reason === undefined && installation !== undefined)
      cluster = await startCluster({ ...installation, settings })
  })
  afterAll(() => cluster?.stop())

  test.skipIf(reason !== undefined)(
    `its types are brought over, kept up to date and taken back${reason === undefined ? '' : ` (skipped: ${reason})`}`,
    async () => {
      const [source, target] = await Promise.all(
        (['production', 'staging'] as const).map(async (name, side) => {
          const admin = await connect(cluster.url())
          await admin.query(`CREATE DATABASE ${name}`)
          await admin.query(`ALTER DATABASE ${name} SET search_path = public, gis, extensions`)
          await admin.end()
          const client = await connect(cluster.url(name))
          await client.query(`SET client_min_messages = error; ${create[side]}`)
          await client.query(schemaSql)
          await client.query(side === 0 ? sourceSql : targetSql)
          return client
        }),
      )
      if (source === undefined || target === undefined) throw new Error('Two databases')
      const read = async (client: typeof source) => {
        const results = []
        for (const sql of compare) results.push([await client.query(sql)].flat().at(-1)?.rows)
        return results
      }
      const env = {
        MBSYNC_YES: '1',
        PRODUCTION_DATABASE_URL: cluster.url('production'),
        STAGING_DATABASE_URL: cluster.url('staging'),
      }
      const run = async (...args: string[]) => {
        const { exitCode, stdout, stderr } = await runHere(args, { env })
        expect(exitCode, `${args.join(' ')}: ${stdout}${stderr}`).toBe(0)
        return stdout
      }
      const before = await read(target)
      const checked = (await run('check')).replaceAll(/\s+/g, ' ')
      for (const text of said) expect(checked).toContain(text)
      await run('sync')
      expect(await read(target)).toEqual(await read(source))
      await source.query(changeSql)
      await run('sync')
      expect(await read(target)).toEqual(await read(source))
      await run('rollback')
      await run('rollback')
      expect(await read(target)).toEqual(before)
      await Promise.all([source.end(), target.end()])
    },
  )

  // What TimescaleDB makes of its tables is no schema that mbsync creates.
  test.skipIf(reason !== undefined || extension.name === 'timescaledb')(
    'a run that has created it and fails leaves nothing of it, and the next one creates it again',
    async () => {
      const admin = await connect(cluster.url())
      await admin.query('CREATE DATABASE empty')
      await admin.query('ALTER DATABASE empty SET search_path = public, gis, extensions')
      await admin.end()
      const [source, empty] = await Promise.all([
        connect(cluster.url('production')),
        connect(cluster.url('empty')),
      ])
      await source.query(
        `CREATE TABLE at_home (id int CHECK (current_database() = 'production')); INSERT INTO at_home VALUES (1)`,
      )
      const env = {
        MBSYNC_YES: '1',
        PRODUCTION_DATABASE_URL: cluster.url('production'),
        STAGING_DATABASE_URL: cluster.url('empty'),
      }
      const failed = await runHere(['sync', '--create-schema'], { env })
      expect(failed.exitCode, failed.stdout + failed.stderr).toBe(1)
      expect(failed.stderr).toMatch(/at_home/)
      const left = `SELECT extname::text AS name FROM pg_extension WHERE extname <> 'plpgsql' UNION ALL
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname !~ '^(pg_|information_schema|mbsync)' UNION ALL SELECT object_oid::text FROM mbsync.created_objects`
      expect((await empty.query(left)).rows).toEqual([])
      await source.query('DROP TABLE at_home')
      const again = await runHere(['sync', '--create-schema'], { env })
      expect(again.exitCode, again.stdout + again.stderr).toBe(0)
      for (const sql of compare)
        expect([await empty.query(sql)].flat().at(-1)?.rows).toEqual(
          [await source.query(sql)].flat().at(-1)?.rows,
        )
      await Promise.all([source.end(), empty.end()])
    },
  )
})

/** Why an extension cannot be tried on this machine. */
function whyWithout(name: string): string | undefined {
  if (installedPostgres() === undefined) return 'no PostgreSQL is installed'
  const folder = execFileSync('pg_config', ['--sharedir'], { encoding: 'utf8' }).trim()
  return existsSync(join(folder, 'extension', `${name}.control`)) ? undefined : `${name} is not installed`
}
