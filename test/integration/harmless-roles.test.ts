import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { readHarmlessRoles } from '../../src/postgres/catalog/read-harmless-roles.ts'
import { withDatabase } from '../../src/postgres/database.ts'
import { databaseOptions } from '../support/database-options.ts'
import {
  asSuperuser,
  createDatabasePair,
  createRole,
  type DatabasePair,
  untilSettled,
} from '../support/databases.ts'
import { patternOf, profileOf, runPlan, runSync } from '../support/run-sync.ts'

const SCHEMA = `
CREATE FUNCTION twice(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 2';
CREATE TABLE part (id int PRIMARY KEY, v int); CREATE INDEX part_i ON part ((v + twice(1)));
CREATE VIEW parts AS SELECT id FROM part;`

/** An owner of all tables, another role with a table of its own, and one that only reads: on servers of both versions. */
describe.each(['sourceUrl', 'targetUrl'] as const)(
  'an owner whose tables a role may only read (%s)',
  (cluster) => {
    let pair: DatabasePair
    let owner: string
    let other: string
    let reader: string

    beforeAll(async () => {
      pair = await createDatabasePair()
      ;[owner, other, reader] = [
        await createRole(inject(cluster)),
        await createRole(inject(cluster)),
        await createRole(inject(cluster)),
      ]
    })
    afterAll(async () => {
      await pair?.drop()
      await asSuperuser(inject(cluster), (admin) => admin.query(`DROP ROLE ${owner}, ${other}, ${reader}`))
    })
    const server = () => (cluster === 'sourceUrl' ? pair.source : pair.target)
    beforeEach(async () => {
      await server().client.query(`CREATE SCHEMA app AUTHORIZATION ${owner}; SET ROLE ${owner}; SET search_path = app; ${SCHEMA}
      RESET ROLE; RESET search_path; GRANT USAGE ON SCHEMA app TO ${reader}; GRANT SELECT ON ALL TABLES IN SCHEMA app TO ${reader};
      CREATE SCHEMA his AUTHORIZATION ${other}; CREATE TABLE his.thing (id int PRIMARY KEY, secret text);
      ALTER TABLE his.thing OWNER TO ${other};
      CREATE FUNCTION his.read() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT secret FROM his.thing';
      REVOKE EXECUTE ON FUNCTION his.read() FROM PUBLIC`)
    })
    afterEach(async () => {
      await server().client.query(`DROP SCHEMA app, his CASCADE; DROP OWNED BY ${reader}; DROP OWNED BY ${owner};
      ALTER ROLE ${reader} NOBYPASSRLS NOCREATEDB`)
      for (const role of ['pg_monitor', 'pg_read_all_data', other])
        await server().client.query(`REVOKE ${role} FROM ${reader}; REVOKE ${role} FROM ${owner}`)
    })

    const harmlessTo = async (user = reader, role = user) => {
      const url = new URL(server().urlFor(user, user))
      if (role !== user) url.searchParams.set('options', `-c role=${role}`)
      const found = await withDatabase(
        databaseOptions(url.href.replaceAll('+', '%20'), 'source'),
        async (database) => readHarmlessRoles(await database.session()),
      )
      // The database belongs to an administrator.
      return found.filter((name) => name !== 'pg_database_owner')
    }

    test('gains nothing from a role that reads only them', async () => {
      expect(await harmlessTo()).toEqual([owner])
    })

    test.each([
      [
        'may read a table of another',
        'GRANT USAGE ON SCHEMA his TO :reader; GRANT SELECT ON his.thing TO :reader',
      ],
      [
        'may read one column of another',
        'GRANT USAGE ON SCHEMA his TO :reader; GRANT SELECT (secret) ON his.thing TO :reader',
      ],
      [
        'may call a function that it may not',
        'GRANT USAGE ON SCHEMA his TO :reader; GRANT EXECUTE ON FUNCTION his.read() TO :reader',
      ],
      ['may read files of the server', 'GRANT EXECUTE ON FUNCTION pg_read_file(text) TO :reader'],
      ['sees what others do', 'GRANT pg_monitor TO :reader'],
      ['is a member of another', 'GRANT :other TO :reader'],
      ['may create databases', 'ALTER ROLE :reader CREATEDB'],
      [
        'may read hidden rows',
        `ALTER ROLE :reader BYPASSRLS; ALTER TABLE his.thing ENABLE ROW LEVEL SECURITY; GRANT USAGE ON SCHEMA his TO :reader, :owner;
       GRANT SELECT ON his.thing TO :reader, :owner`,
      ],
      ['may read what an administrator keeps', 'GRANT SELECT ON pg_authid TO :reader'],
    ])('gains by a role that %s', async (_, sql) => {
      await server().client.query(fill(sql))
      try {
        expect(await harmlessTo()).toEqual([])
      } finally {
        await server().client.query(
          fill(
            'REVOKE ALL ON pg_authid FROM :reader; REVOKE ALL ON FUNCTION pg_read_file(text) FROM :reader',
          ),
        )
      }
    })

    test('gains nothing where it may do the same as the role', async () => {
      await server().client.query(
        fill(`GRANT USAGE ON SCHEMA his TO :reader, :owner; GRANT SELECT ON his.thing TO :reader, :owner;
        GRANT EXECUTE ON FUNCTION his.read() TO :reader, :owner; GRANT :other TO :reader; GRANT :other TO :owner`),
      )
      expect(await harmlessTo()).toEqual([owner])
    })

    test('gains by the role of the login, which RESET ROLE gives back', async () => {
      await server().client.query(fill('GRANT :reader TO :other'))
      expect(await harmlessTo(other, reader)).toEqual([])
      await server().client.query(fill('REVOKE :reader FROM :other'))
    })

    test('is harmless where only the role itself can act as it, whatever that may do', async () => {
      await server().client.query(
        fill('ALTER ROLE :owner NOLOGIN; GRANT :owner TO :reader; GRANT pg_monitor TO :reader'),
      )
      expect(await harmlessTo()).toEqual([owner])
      await server().client.query(fill('GRANT :owner TO :other'))
      expect(await harmlessTo()).toEqual([])
      await server().client.query(
        fill('REVOKE :owner FROM :other; REVOKE :owner FROM :reader; ALTER ROLE :owner LOGIN'),
      )
    })

    test('gains by every role that reads all data', async () => {
      const { rows } = await server().client.query(`SELECT FROM pg_roles WHERE rolname = 'pg_read_all_data'`)
      if (rows.length === 0) return
      await server().client.query(fill('GRANT pg_read_all_data TO :reader'))
      expect(await harmlessTo()).toEqual([])
    })

    const fill = (sql: string) =>
      sql.replaceAll(':reader', reader).replaceAll(':owner', owner).replaceAll(':other', other)

    test.runIf(cluster === 'sourceUrl')(
      'is trusted without being named: incremental runs, conditions, indexes by functions',
      async () => {
        await pair.target.client.query(
          `CREATE SCHEMA app; SET search_path = app; ${SCHEMA} RESET search_path`,
        )
        await pair.source.client.query('INSERT INTO app.part SELECT i, i FROM generate_series(1, 500) i')
        await untilSettled(pair.source.client)
        const base = profileOf(pair)
        const profile = {
          ...base,
          from: { ...base.from, url: pair.source.urlFor(reader, reader) },
          include: [patternOf('app.*')],
          where: [{ table: { schema: 'app', name: 'part' }, condition: 'v < 400' }],
        }
        await runSync(pair, { profile })
        await pair.source.client.query('UPDATE app.part SET v = 1 WHERE id = 7')
        await untilSettled(pair.source.client)
        const { tables, findings } = await runPlan(pair, { profile })
        expect(findings.filter(({ code }) => code === 'trust')).toEqual([])
        expect(tables[0]?.read.kind).toBe('incremental')
        await runSync(pair, { profile })
        const { rows } = await pair.target.client.query(
          'SELECT count(*)::int AS rows, sum(v)::int AS sum FROM app.part',
        )
        expect(rows).toEqual([{ rows: 399, sum: (399 * 400) / 2 - 6 }])

        await pair.source.client.query(
          fill('GRANT USAGE ON SCHEMA his TO :reader; GRANT SELECT ON his.thing TO :reader'),
        )
        const { findings: found } = await runPlan(pair, { profile: { ...profile, where: [] } })
        expect(found.find(({ code }) => code === 'trust')?.message).toContain(`tables of role ${owner}`)
        await pair.target.client.query('DROP SCHEMA app CASCADE')
      },
    )
  },
)
