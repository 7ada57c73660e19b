import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cluster } from '../test/support/cluster.ts'
import { childCpuSeconds, serverCpuSeconds } from './cpu-seconds.ts'
import { measureMbsync } from './run-measured.ts'
import { say } from './say.ts'
import { query, startBenchServers } from './servers.ts'

const SCHEMA = `
CREATE TABLE customer (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, name text NOT NULL, phone text, status text NOT NULL,
  country char(2) NOT NULL, balance numeric(12,2) NOT NULL, created_at timestamptz NOT NULL, settings jsonb NOT NULL);
CREATE INDEX ON customer (name); CREATE INDEX ON customer (created_at)`

/** E-mail addresses and names are in no order, as those of people are not: indexes of ordered values are built faster. */
function rowsSql(rows: number): string {
  return `INSERT INTO customer SELECT i, substr(md5(i::text), 1, 12) || '@mail' || i % 50 || '.example.org', initcap(substr(md5((i % 997)::text), 1, 6)) || ' ' || initcap(substr(md5((i % 9973)::text), 1, 9)), '+49 170 ' || 1000000 + i,
  (ARRAY['active', 'new', 'closed'])[1 + i % 3], 'DE', i % 100000 / 7.0, timestamptz '2020-01-01Z' + i * interval '97 seconds',
  jsonb_build_object('theme', 'dark', 'visits', i % 100, 'tags', jsonb_build_array('a', 'b', i % 10)) FROM generate_series(1, ${rows}) i`
}

const MASKED = ['email', 'name', 'phone']
const OTHERS = ['hash', 'first-name', 'company', 'street', 'city', 'url', 'iban', 'card', 'ip', 'text']

/** What one load took: by the clock, and of the processor. */
interface Figures {
  readonly seconds: number
  readonly sourceCpu: number
  readonly targetCpu: number
  readonly clientCpu: number
}

const COLUMNS = ['seconds', 'sourceCpu', 'targetCpu', 'clientCpu'] as const

interface MaskBench {
  readonly rows: number
  readonly rounds: number
  readonly isEach: boolean
  /** Which version of PostgreSQL, if not the installed one. */
  readonly where: { readonly major?: number }
}

/**
 * First loads of a table without masks and with masks of three text columns, one after the other in each round, and one with each other mask where that is
 * asked for. Prints medians as Markdown.
 */
export async function benchMasks({ rows, rounds, isEach, where }: MaskBench): Promise<void> {
  const servers = await startBenchServers({}, where)
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-masks-'))
  try {
    for (const cluster of [servers.source, servers.target]) await query(cluster, SCHEMA)
    await query(servers.source, rowsSql(rows))
    await query(servers.source, 'VACUUM (ANALYZE)')
    const measure = (columns: Record<string, string>) => load(servers, folder, columns)
    const masks = Object.fromEntries(MASKED.map((name) => [name, name]))
    const plain: Figures[] = []
    const masked: Figures[] = []
    for (let round = 0; round < rounds; round += 1) {
      plain.push(await measure({}))
      masked.push(await measure(masks))
    }
    const base = median(plain)
    say(`\n${rows} rows, three indexes and a key, ${rounds} rounds, PostgreSQL ${servers.source.major}\n`)
    say('| masks | wall s | ratio | CPU s of source | of target | of client | CPU, ratio | µs a value |')
    say('|---|---|---|---|---|---|---|---|')
    const row = (name: string, figures: Figures, values: number) => {
      const [wall, ...cpu] = COLUMNS.map((column) => figures[column].toFixed(2))
      const each = values === 0 ? '' : (((figures.sourceCpu - base.sourceCpu) * 1e6) / values).toFixed(2)
      const ratios = [figures.seconds / base.seconds, cpuOf(figures) / cpuOf(base)].map((ratio) =>
        ratio.toFixed(2),
      )
      say(`| ${[name, wall, ratios[0], ...cpu, ratios[1], each].join(' | ')} |`)
    }
    row('none', base, 0)
    row(`${MASKED.join(', ')}`, median(masked), rows * MASKED.length)
    for (const mask of isEach ? OTHERS : [])
      row(`\`${mask}\` of one column`, await measure({ phone: mask }), rows)
  } finally {
    rmSync(folder, { recursive: true })
    await Promise.all([servers.source.stop(), servers.target.stop()])
  }
}

async function load(
  { source, target }: { readonly source: Cluster; readonly target: Cluster },
  folder: string,
  masks: Readonly<Record<string, string>>,
): Promise<Figures> {
  const config = join(folder, 'mbsync.yaml')
  writeFileSync(
    config,
    JSON.stringify({
      databases: { production: { url: source.url() }, staging: { url: target.url() } },
      profiles: {
        p: { from: 'production', to: 'staging', strategy: 'load', mask: { 'public.customer': masks } },
      },
    }),
  )
  await query(target, 'TRUNCATE customer; DROP SCHEMA IF EXISTS mbsync CASCADE; CHECKPOINT')
  const before = readCpu(source, target)
  const { seconds } = await measureMbsync(['sync', '--config', config], {
    MBSYNC_MASK_KEY: 'a key for benches that is long enough',
  })
  const after = readCpu(source, target)
  return {
    seconds,
    sourceCpu: after.sourceCpu - before.sourceCpu,
    targetCpu: after.targetCpu - before.targetCpu,
    clientCpu: after.clientCpu - before.clientCpu,
  }
}

function readCpu(source: Cluster, target: Cluster): Omit<Figures, 'seconds'> {
  return {
    sourceCpu: serverCpuSeconds(source),
    targetCpu: serverCpuSeconds(target),
    clientCpu: childCpuSeconds(),
  }
}

function cpuOf({ sourceCpu, targetCpu, clientCpu }: Figures): number {
  return sourceCpu + targetCpu + clientCpu
}

function median(all: readonly Figures[]): Figures {
  const middle = (column: (typeof COLUMNS)[number]) =>
    all.map((figures) => figures[column]).sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0
  return {
    seconds: middle('seconds'),
    sourceCpu: middle('sourceCpu'),
    targetCpu: middle('targetCpu'),
    clientCpu: middle('clientCpu'),
  }
}
