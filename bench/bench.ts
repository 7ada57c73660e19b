import { parseArgs } from 'node:util'
import { installedPostgres } from '../test/support/installed-postgres.ts'
import { differSql } from './bench-data.ts'
import { benchDump } from './bench-dump.ts'
import { benchIncremental } from './bench-incremental.ts'
import { benchMasks } from './bench-masks.ts'
import { benchMixedbread } from './bench-mixedbread.ts'
import { benchSchemas } from './bench-schemas.ts'
import { benchTypesense } from './bench-typesense.ts'
import { benchPeers } from './peers/bench-peers.ts'
import { measureShell, measureSync } from './run-measured.ts'
import { say } from './say.ts'
import { fill, query, startBenchServers } from './servers.ts'

/**
 * `npm run bench -- memory [GB …]`: the peak memory of a sync into empty tables, for each size.
 * `npm run bench -- full [GB]`: a sync with 0, 1, 10 and 100 % of the rows differing, beside `pg_dump | psql`.
 * `npm run bench -- incremental [millions of narrow rows]`: incremental runs, beside a full run and `pg_dump | psql`.
 * `npm run bench -- dump [GB]`: exports and imports, beside `pg_dump -Fd` and `pg_restore`.
 * `npm run bench -- schemas [schemas]`: runs over many small tables, beside `pg_dump`.
 * `npm run bench -- masks [rows] [rounds] [each] [--major <version>]`: a first load with masks of three text columns, beside one without, and with
 * each mask.
 * `npm run bench -- typesense [documents]`: loads and updates of a collection whose server answers at once.
 * `npm run bench -- mixedbread [documents]`: the same of a store without rate limits.
 * `npm run bench -- peers [scale] [rounds] [--only <scenario,…>] [--ways <pattern>] [--output <folder>]`: everything beside every peer on this
 * machine; scale 1 is about 2 GB. `peers/scenarios.ts` names the scenarios.
 */
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    ways: { type: 'string' },
    output: { type: 'string' },
    major: { type: 'string' },
  },
})
const [what = 'memory', ...sizes] = positionals
if (what === 'memory') await benchMemory(sizes.length === 0 ? [0.25, 2] : sizes.map(Number))
else if (what === 'full') await benchFull(Number(sizes[0] ?? 2))
else if (what === 'dump') await benchDump(Number(sizes[0] ?? 2))
else if (what === 'incremental') await benchIncremental(Number(sizes[0] ?? 10))
else if (what === 'schemas') await benchSchemas(Number(sizes[0] ?? 400))
else if (what === 'masks')
  await benchMasks({
    rows: Number(sizes[0] ?? 1_000_000),
    rounds: Number(sizes[1] ?? 5),
    isEach: sizes[2] === 'each',
    where: flags.major === undefined ? {} : { major: Number(flags.major) },
  })
else if (what === 'typesense') await benchTypesense(Number(sizes[0] ?? 1_000_000))
else if (what === 'peers')
  await benchPeers({
    scale: Number(sizes[0] ?? 1),
    rounds: Number(sizes[1] ?? 3),
    only: flags.only?.split(',') ?? [],
    pattern: new RegExp(flags.ways ?? '.'),
    output: flags.output,
  })
else if (what === 'mixedbread') await benchMixedbread(Number(sizes[0] ?? 50_000))
else
  throw new Error(
    `There is no bench named ${what}: use memory, full, dump, incremental, schemas, masks, typesense, mixedbread or peers`,
  )

async function benchMemory(sizesGb: readonly number[]): Promise<void> {
  for (const gb of sizesGb) {
    const servers = await startBenchServers()
    try {
      await fill(servers, gb)
      const { seconds, peakMb } = await measureSync(servers)
      say(
        `${await databaseSize(servers.source)}: peak ${peakMb.toFixed(0)} MB, ${seconds.toFixed(1)} s into empty tables`,
      )
    } finally {
      await Promise.all([servers.source.stop(), servers.target.stop()])
    }
  }
}

async function benchFull(gb: number): Promise<void> {
  const servers = await startBenchServers()
  try {
    await fill(servers, gb)
    say(`database of ${await databaseSize(servers.source)}`)
    const peer = installedPostgres() === undefined ? undefined : await benchDumpAndRestore(servers)
    if (peer === undefined) say('pg_dump is not installed: no comparison')
    else say(`pg_dump --data-only | psql into empty tables: ${peer.toFixed(1)} s`)
    for (const percent of [0, 1, 10, 100]) {
      await query(
        servers.target,
        `CHECKPOINT; ${percent === 0 ? 'SELECT 1' : differSql(percent)}; CHECKPOINT`,
      )
      const { seconds, peakMb } = await measureSync(servers)
      const ratio = peer === undefined ? '' : `, ${(seconds / peer).toFixed(2)} of pg_dump | psql`
      say(`${percent} % differing: ${seconds.toFixed(1)} s${ratio}, peak ${peakMb.toFixed(0)} MB`)
    }
  } finally {
    await Promise.all([servers.source.stop(), servers.target.stop()])
  }
}

/** Leaves the target equal to the source. */
async function benchDumpAndRestore({
  source,
  target,
}: Awaited<ReturnType<typeof startBenchServers>>): Promise<number> {
  const dump = `pg_dump --data-only -d '${source.url()}' | psql -q -X -v ON_ERROR_STOP=1 -d '${target.url()}'`
  const { seconds } = await measureShell(dump)
  await query(target, 'VACUUM (ANALYZE)')
  return seconds
}

async function databaseSize(cluster: Parameters<typeof query>[0]): Promise<string> {
  const [row] = await query(cluster, 'SELECT pg_size_pretty(pg_database_size(current_database())) AS size')
  return String(row?.size)
}
