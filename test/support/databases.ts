import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { expect, inject } from 'vitest'
import { WARM_TEMPLATE } from './global-setup.ts'

/** A database of a test, with a superuser's connection to it. */
export interface TestDatabase {
  readonly name: string
  readonly url: string
  readonly client: pg.Client
  /** The same database for another role. */
  urlFor(user: string, password: string): string
}

/** A source and a target on clusters of different major versions. */
export interface DatabasePair {
  readonly source: TestDatabase
  readonly target: TestDatabase
  drop(): Promise<void>
}

/** What a pair begins with: SQL for each side, or another pair's databases to clone, which must have no connections. */
export interface PairOptions {
  readonly sourceSql?: string
  readonly targetSql?: string
  readonly template?: { readonly source: string; readonly target: string }
  /** UTF8 on both sides by default. */
  readonly encoding?: { readonly source: string; readonly target: string }
  /** Whether the source is on the cluster of the target, which is the newer one. */
  readonly isSourceNew?: boolean
}

/** Creates a source and a target database. */
export async function createDatabasePair(options: PairOptions = {}): Promise<DatabasePair> {
  const { sourceSql = '', targetSql = '', template, encoding, isSourceNew = false } = options
  const sourceUrl = inject(isSourceNew ? 'targetUrl' : 'sourceUrl')
  const [source, target] = await Promise.all([
    createDatabase(sourceUrl, sourceSql, template?.source, encoding?.source),
    createDatabase(inject('targetUrl'), targetSql, template?.target, encoding?.target),
  ])
  return {
    source,
    target,
    drop: async () => {
      await Promise.all([dropDatabase(sourceUrl, source), dropDatabase(inject('targetUrl'), target)])
    },
  }
}

/** Ends a pair's own connections, so that it can be cloned. */
export async function freezeAsTemplate({
  source,
  target,
}: DatabasePair): Promise<{ source: string; target: string }> {
  await Promise.all([source.client.end(), target.client.end()])
  return { source: source.name, target: target.name }
}

/** Runs SQL as superuser on the cluster of `url`. */
export async function asSuperuser<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(url)
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/**
 * Waits until every transaction has ended that is older than this call, in whichever database of the server: as long as one is under way, the
 * rows that have been written since it began count as changed, however often they have been read.
 */
export async function untilSettled(client: pg.Client): Promise<void> {
  const { rows } = await client.query('SELECT pg_current_xact_id()::text AS xid')
  const isSettled = async () => {
    const sql = 'SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 AS "isSettled"'
    return (await client.query(sql, [rows[0].xid])).rows[0].isSettled
  }
  await expect.poll(isSettled).toBe(true)
}

/** Connects; a connection that is ended from outside must not end the test run. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

async function createDatabase(
  clusterUrl: string,
  sql: string,
  template?: string,
  encoding = 'UTF8',
): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const admin = await adminOf(clusterUrl)
  const from = template ?? (encoding === 'UTF8' ? WARM_TEMPLATE : 'template0')
  // A template's pages as files are copied in a fraction of the time that it takes to log them.
  await admin.query(`CREATE DATABASE ${name} TEMPLATE ${from} ENCODING '${encoding}' STRATEGY file_copy`)
  const urlFor = (user: string, password: string) => {
    const url = new URL(clusterUrl)
    url.pathname = `/${name}`
    if (user !== '') Object.assign(url, { username: user, password })
    return url.href
  }
  const url = urlFor('', '')
  const client = await connect(url)
  if (sql !== '') await client.query(sql)
  return { name, url, urlFor, client }
}

async function dropDatabase(clusterUrl: string, { name, client }: TestDatabase): Promise<void> {
  await client.end().catch(() => undefined)
  const admin = await adminOf(clusterUrl)
  await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
}

const admins = new Map<string, Promise<pg.Client>>()

/**
 * A superuser's connection to a server that all tests share, which stays open for all test files of the process: a new one takes longer than
 * most statements. For single statements that leave no setting behind.
 */
export async function adminOf(clusterUrl: string): Promise<pg.Client> {
  const open = admins.get(clusterUrl)
  if (open !== undefined) return open
  const opening = connect(clusterUrl)
  admins.set(clusterUrl, opening)
  const forget = () => void admins.delete(clusterUrl)
  opening.then((client) => client.once('end', forget), forget)
  return opening
}

/** A login role without any privilege; its name is its password. */
export async function createRole(clusterUrl: string): Promise<string> {
  const role = `role_${randomBytes(6).toString('hex')}`
  const admin = await adminOf(clusterUrl)
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`)
  return role
}

/** Makes a role the owner of the database and of everything in its user schemas. */
export async function giveOwnership({ client, name }: TestDatabase, role: string): Promise<void> {
  await client.query(`ALTER DATABASE ${name} OWNER TO ${role}`)
  await client.query(`DO $$
    DECLARE statement text;
    BEGIN
      FOR statement IN
        SELECT format('ALTER SCHEMA %I OWNER TO ${role}', nspname) FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
        UNION ALL
        SELECT format('ALTER %s %s OWNER TO ${role}',
            CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
            c.oid::regclass)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'a', 'i') AND d.classid = 'pg_class'::regclass
            AND (d.deptype = 'e' OR c.relkind = 'S'))
        UNION ALL
        SELECT format('ALTER TYPE %s OWNER TO ${role}', t.oid::regtype)
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND t.typtype IN ('e', 'd', 'c', 'r') AND t.typrelid = 0
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.classid = 'pg_type'::regclass AND d.deptype = 'e')
      LOOP EXECUTE statement; END LOOP;
    END $$`)
}
