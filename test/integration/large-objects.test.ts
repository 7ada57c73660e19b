import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { RunResult, TableOutcome } from '../../src/run/run-result.ts'
import {
  asSuperuser,
  createDatabasePair,
  createRole,
  type DatabasePair,
  type TestDatabase,
} from '../support/databases.ts'
import { patternOf, runRollback, runSync } from '../support/run-sync.ts'

const MIB = 1024 * 1024
const SCHEMA =
  'CREATE DOMAIN lo AS oid; CREATE DOMAIN photo AS lo; CREATE TABLE doc (id int PRIMARY KEY, body oid, more lo, numbers oid[], pages photo[]); CREATE TABLE other (id int, body oid)'

/** An object of some bytes that no two pages share. */
const object = (oid: number, bytes: number, seed: string) =>
  `SELECT lo_from_bytea(${oid}, substr(decode(repeat(md5('${seed}'), ${Math.ceil(bytes / 16)}), 'hex'), 1, ${bytes}));`

const SOURCE = `${SCHEMA};
  ${object(50001, 2.5 * MIB, 'long')} ${object(50002, MIB, 'one page')} ${object(50003, 0, '')} ${object(50004, 5, 'same')}
  ${object(50005, 100, 'was longer')} ${object(50006, 3 * MIB, 'was shorter')} ${object(50007, 7, 'of no row')} ${object(50008, 9, 'left out')}
  SELECT lo_create(50009); SELECT lo_put(50009, 1500000, 'after a hole');
  INSERT INTO doc VALUES (1, 50001, 50002), (2, 50003, 50004), (3, 50005, 50006), (4, 59999, NULL), (5, 0, 50009), (6, NULL, 50001);
  ${object(50010, 10, 'in an array')} ${object(50011, 11, 'in an array of a domain')}
  UPDATE doc SET numbers = '{50010,NULL,50001}', pages = '{{50011},{50011}}' WHERE id = 6;
  INSERT INTO other VALUES (1, 50008)`

const TARGET = `${SCHEMA};
  ${object(50004, 5, 'same')} ${object(50005, 2 * MIB, 'was longer')} ${object(50006, 20, 'was shorter')} ${object(50008, 3, 'its own')} ${object(60001, 4, 'its own, too')}
  INSERT INTO doc VALUES (9, 60001, NULL), (2, 50003, 50004)`

type Contents = Readonly<Record<string, string>>

/** What is in every large object, as a digest. */
async function readObjects({ client }: TestDatabase): Promise<Contents> {
  const { rows } = await client.query(
    'SELECT oid::text, md5(lo_get(oid)) AS digest FROM pg_largeobject_metadata ORDER BY 1',
  )
  return Object.fromEntries(rows.map(({ oid, digest }) => [oid, digest]))
}

const objectsIn = ({ tables }: { readonly tables: readonly TableOutcome[] }) =>
  tables
    .filter(({ table }) => table.name === 'pg_largeobject')
    .map(({ inserted, updated, unchanged }) => ({ inserted, updated, unchanged }))

describe('large objects', () => {
  let pair: DatabasePair
  let role: string
  let before: Contents
  let first: RunResult
  let profile: { to: { name: string; isProtected: false; url: string } } & Record<string, unknown>

  beforeAll(async () => {
    role = await createRole(inject('targetUrl'))
    pair = await createDatabasePair({ sourceSql: SOURCE, targetSql: TARGET })
    const { name, client, urlFor } = pair.target
    await client.query(`GRANT CREATE ON DATABASE ${name} TO ${role}; GRANT ALL ON doc, other TO ${role};
      GRANT SELECT, UPDATE ON LARGE OBJECT 50004, 50005, 50006 TO ${role}`)
    await asSuperuser(inject('targetUrl'), (admin) =>
      admin.query(`GRANT SET ON PARAMETER session_replication_role TO ${role}`),
    )
    profile = {
      to: { name: 'staging', isProtected: false, url: urlFor(role, role) },
      largeObjects: 'copy',
      exclude: [patternOf('public.other')],
    }
    before = await readObjects(pair.target)
    first = await runSync(pair, { profile })
  })
  afterAll(() => pair.drop())

  test('that rows refer to are what they are in the source; all others are left alone', async () => {
    const { '50007': _, '50008': __, ...referred } = await readObjects(pair.source)
    expect(await readObjects(pair.target)).toEqual({
      ...referred,
      '50008': before['50008'],
      '60001': before['60001'],
    })
    expect(objectsIn(first)).toEqual([{ inserted: 6, updated: 2, unchanged: 1 }])
    expect(first.notes.filter(({ message }) => message.includes('large object'))).toEqual([])
  })

  test('that are new can be used by the owner of the table', async () => {
    const { rows } = await pair.target.client.query(
      `SELECT count(*)::int AS n FROM pg_largeobject_metadata m CROSS JOIN LATERAL aclexplode(m.lomacl) AS a
       WHERE m.oid IN (50001, 50002, 50003, 50009) AND a.grantee = (SELECT relowner FROM pg_class WHERE oid = 'doc'::regclass)`,
    )
    expect(rows[0].n).toBe(8)
  })

  test('that change while no row does are found by the next run, and each run can be undone', async () => {
    const merged = await readObjects(pair.target)
    const again = await runSync(pair, { profile })
    expect(objectsIn(again)).toEqual([{ inserted: 0, updated: 0, unchanged: 9 }])
    await pair.source.client.query(
      `SELECT lo_put(50001, ${2 * MIB}, 'x'), lo_put(50004, 5, 'longer by more')`,
    )
    expect(objectsIn(await runSync(pair, { profile }))).toEqual([{ inserted: 0, updated: 2, unchanged: 7 }])
    const { '50001': long, '50004': same } = await readObjects(pair.source)
    expect(await readObjects(pair.target)).toEqual({ ...merged, '50001': long, '50004': same })
    await runRollback(pair, { profile })
    expect(await readObjects(pair.target)).toEqual(merged)
    await runRollback(pair, { profile })
    await pair.target.client.query(`SELECT lo_put(50003, 0, 'written since')`)
    await expect(runRollback(pair, { profile })).rejects.toThrow('1 large object changed')
    await runRollback(pair, { profile, force: true })
    expect(await readObjects(pair.target)).toEqual(before)
  })

  test('that the role may not read or replace refuse the run before anything is written', async () => {
    await pair.target.client.query(`REVOKE UPDATE ON LARGE OBJECT 50005 FROM ${role}`)
    await expect(runSync(pair, { profile })).rejects.toThrow(
      'staging: the role may not replace 1 large object of the target that rows refer to, such as 50005',
    )
    const reader = await createRole(inject('sourceUrl'))
    await pair.source.client.query(
      `GRANT SELECT ON doc TO ${reader}; GRANT SELECT ON LARGE OBJECT 50001 TO ${reader}`,
    )
    const from = { name: 'production', isProtected: true, url: pair.source.urlFor(reader, reader) }
    await expect(runSync(pair, { profile: { ...profile, from } })).rejects.toThrow(
      'production: the role may not read 8 large objects that rows refer to, such as 50002',
    )
    expect(await readObjects(pair.target)).toEqual(before)
  })
})
