import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Measured, measureMbsync, measureShell } from '../run-measured.ts'
import { withClient } from '../servers.ts'
import { emptyFresh, expectSame, FRESH, folderBytes, keptOf, OWNER, type Stage } from './stage.ts'
import type { Way } from './way.ts'

export const DUMP_AND_RESTORE = 'pg_dump -Fd -j4 -Z1 + pg_restore -j4'
export const PGCOPYDB = 'pgcopydb clone'

/** What needs an empty database and leaves it with the rows. */
function intoFresh(name: string, run: Way['run'], schema?: 'tables' | 'tables of a plain owner'): Way {
  return {
    name,
    prepare: async (stage) => {
      const owner = schema === 'tables of a plain owner' ? OWNER : undefined
      await emptyFresh(stage, owner)
      const url = stage.servers.target.url(FRESH, owner, owner)
      if (schema !== undefined) await withClient(url, (client) => stage.data.createTables(client))
    },
    run,
    check: (stage) => expectSame(stage, FRESH),
  }
}

/** Everything by the programs of PostgreSQL. */
export const dumpAndRestore = intoFresh(DUMP_AND_RESTORE, (stage) =>
  measureShell(
    inFolder(
      join(stage.folder, 'pg'),
      (dump) =>
        `pg_dump -Fd -j4 -Z1 -f ${dump} -d '${stage.from}' && pg_restore -j4 -d '${stage.to(FRESH)}' ${dump}`,
    ),
  ),
)

/** By a pipe, which writes nothing to disk. */
export const dumpPipedToPsql = intoFresh('pg_dump | psql', (stage) =>
  measureShell(`pg_dump -d '${stage.from}' | psql -q -X -v ON_ERROR_STOP=1 -d '${stage.to(FRESH)}'`),
)

/** None where it is not installed. */
export function pgcopydb(): Way[] {
  if (!isInstalled('pgcopydb')) return []
  const command = (stage: Stage) =>
    inFolder(
      join(stage.folder, 'pgcopydb'),
      (work) =>
        `pgcopydb clone --dir ${work} --table-jobs 4 --index-jobs 4 --source '${stage.from}' --target '${stage.to(FRESH)}' > /dev/null 2>&1`,
    )
  return [intoFresh(PGCOPYDB, (stage) => measureShell(command(stage)))]
}

/** A first load by mbsync, into tables that are there if a schema is given. */
export function mbsyncLoad(args: string, schema?: 'tables' | 'tables of a plain owner'): Way {
  const owner = schema === 'tables of a plain owner' ? OWNER : undefined
  const name = `mbsync ${args}${owner === undefined ? '' : ', plain owner'}`
  return intoFresh(name, (stage) => mbsync(args, stage, stage.to(FRESH, owner)), schema)
}

/** A run over rows that an earlier run of mbsync has brought, after so many percent of them were changed on one side. */
export function mbsyncAgain(args: string, percent: number, changed: 'source' | 'target'): Way {
  let round = 0
  return {
    name: `mbsync ${args}`,
    prepare: async (stage) => {
      await withClient(stage.servers.target.url(), (client) =>
        client.query(`DROP DATABASE IF EXISTS ${FRESH}`),
      )
      await bringUpToDate(stage)
      const { source, target } = stage.servers
      const url = changed === 'source' ? source.url(stage.data.database) : target.url(keptOf(stage))
      round += 1
      await withClient(url, async (client) => {
        await stage.data.differ(client, percent, round)
        await client.query('VACUUM (ANALYZE)')
      })
    },
    run: (stage) => mbsync(args, stage, stage.to(keptOf(stage))),
    check: (stage) => expectSame(stage, keptOf(stage)),
  }
}

/** Straight, whatever network the scenario is about. */
async function bringUpToDate(stage: Stage): Promise<void> {
  const { source, target } = stage.servers
  const database = keptOf(stage)
  const isThere = await withClient(target.url(), async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${database}`)
    return rowCount !== 0
  })
  const straight = { ...stage, from: source.url(stage.data.database) }
  await mbsync(isThere ? 'full-sync' : 'sync --create-schema', straight, target.url(database))
  await withClient(target.url(database), (client) => client.query('VACUUM (ANALYZE)'))
}

/** A dump by `pg_dump`, which is no way into a database. */
export const pgDump: Way = {
  name: 'pg_dump -Fd -j4 -Z1',
  prepare: async ({ folder }) => removeFolder(join(folder, 'pg')),
  run: (stage) => withSize(join(stage.folder, 'pg'), (dump) => measureShell(pgDumpSql(stage, dump))),
  check: async ({ folder }) => void (await measureShell(`pg_restore -l ${join(folder, 'pg')}`)),
}

/** A dump by mbsync. */
export function mbsyncExport(args: string): Way {
  return {
    name: `mbsync export ${args}`,
    prepare: async ({ folder }) => removeFolder(join(folder, 'mbsync')),
    run: (stage) =>
      withSize(join(stage.folder, 'mbsync'), (dump) =>
        mbsync(exportCommand(args, dump), stage, stage.to(FRESH)),
      ),
    check: async (stage) => {
      const verify = `dumps verify ${join(stage.folder, 'mbsync')}`
      await mbsync(verify, stage, stage.to(FRESH))
    },
  }
}

/** Into an empty database, from a dump that was written before. */
export const pgRestore: Way = {
  ...intoFresh('pg_restore -j4', ({ folder, to }) =>
    measureShell(`pg_restore -j4 -d '${to(FRESH)}' ${join(folder, 'pg')}`),
  ),
  prepare: async (stage) => {
    removeFolder(join(stage.folder, 'pg'))
    const straight = { ...stage, from: stage.servers.source.url(stage.data.database) }
    await measureShell(pgDumpSql(straight, join(stage.folder, 'pg')))
    await emptyFresh(stage)
  },
}

/** Into an empty database, from a dump that was written before with the given arguments. */
export function mbsyncImport(args: string): Way {
  return {
    ...intoFresh(`mbsync import${args === '' ? '' : `, ${args}`}`, (stage) =>
      mbsync(`import ${join(stage.folder, 'mbsync')} --to staging --jobs 4`, stage, stage.to(FRESH)),
    ),
    prepare: async (stage) => {
      removeFolder(join(stage.folder, 'mbsync'))
      const straight = { ...stage, from: stage.servers.source.url(stage.data.database) }
      await mbsync(exportCommand(args, join(stage.folder, 'mbsync')), straight, stage.to(FRESH))
      await emptyFresh(stage)
    },
  }
}

function exportCommand(args: string, dump: string): string {
  return `export --from production --output ${dump} ${args}`.trim()
}

function pgDumpSql({ from }: Stage, dump: string): string {
  return `pg_dump -Fd -j4 -Z1 -f ${dump} -d '${from}'`
}

function mbsync(args: string, { from }: Stage, to: string): Promise<Measured> {
  return measureMbsync(args.split(' '), { PRODUCTION_DATABASE_URL: from, STAGING_DATABASE_URL: to })
}

async function withSize(folder: string, run: (folder: string) => Promise<Measured>): Promise<Measured> {
  const measured = await run(folder)
  return { ...measured, diskMb: (await folderBytes(folder)) / 2 ** 20 }
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

function inFolder(folder: string, command: (folder: string) => string): string {
  return `rm -rf ${folder}; ${command(folder)}; code=$?; rm -rf ${folder}; (exit $code)`
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
