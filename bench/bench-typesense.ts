import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childCpuSeconds, serverCpuSeconds } from './cpu-seconds.ts'
import { type Measured, measureMbsync } from './run-measured.ts'
import { sayLoad } from './say-load.ts'
import { query, startBenchServers } from './servers.ts'
import { startStandIn } from './start-stand-in.ts'

function rowsSql(documents: number): string {
  return `
CREATE TABLE product (id int PRIMARY KEY, title text, body text, price numeric, tags text[], created timestamptz);
INSERT INTO product SELECT i, 'product ' || i, repeat(md5(i::text) || ' ', 8), i * 0.37, ARRAY['a' || i % 100, 'b' || i % 7], timestamptz '2026-01-01' + i * interval '1 second'
  FROM generate_series(1, ${documents}) i;
VACUUM (ANALYZE) product`
}

const CONFIG = `
databases:
  production: { url: "\${PRODUCTION_DATABASE_URL}" }
  staging: { url: "\${STAGING_DATABASE_URL}" }
profiles:
  bench: { from: production, to: staging, search: [products] }
search:
  products:
    type: typesense
    collection: mbsync_bench
    query: SELECT id, title, body, price::float8 AS price, tags, extract(epoch FROM created)::bigint AS created FROM public.product
    schema:
      fields:
        - { name: title, type: string }
        - { name: body, type: string }
        - { name: price, type: float }
        - { name: tags, type: "string[]" }
        - { name: created, type: int64 }
`

/** The first load of a collection, a run with nothing and one with 1 % changed, against a stand-in that answers at once: what is left is mbsync's own time. TYPESENSE_URL names a real server instead, on which `mbsync_bench` must not be there yet. */
export async function benchTypesense(documents: number): Promise<void> {
  const servers = await startBenchServers()
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-bench-'))
  const real = process.env.TYPESENSE_URL
  const standIn = real ? undefined : await startStandIn('serve-typesense.ts')
  try {
    await query(servers.target, rowsSql(documents))
    writeFileSync(join(folder, 'mbsync.yaml'), CONFIG)
    const env = {
      PRODUCTION_DATABASE_URL: servers.source.url(),
      STAGING_DATABASE_URL: servers.target.url(),
      TYPESENSE_URL: real ?? `http://127.0.0.1:${standIn?.port}`,
      TYPESENSE_API_KEY: (real && process.env.TYPESENSE_API_KEY) || 'xyz',
    }
    const run = async (what: string, sent: number, ...flags: string[]) => {
      const clientBefore = childCpuSeconds()
      const targetBefore = serverCpuSeconds(servers.target)
      const args = ['typesense', '--config', join(folder, 'mbsync.yaml'), ...flags]
      const measured: Measured = await measureMbsync(args, env)
      const clientCpu = childCpuSeconds() - clientBefore
      sayLoad(what, sent, measured, { clientCpu, targetCpu: serverCpuSeconds(servers.target) - targetBefore })
    }
    await run('first load', documents, '--create')
    await run('nothing changed', 0)
    await run('nothing changed, again', 0)
    await query(servers.target, `UPDATE product SET title = title || '!' WHERE id % 100 = 1`)
    await run('1 % changed', documents / 100)
  } finally {
    standIn?.process.stdin?.end()
    await Promise.all([servers.source.stop(), servers.target.stop()])
    rmSync(folder, { recursive: true, force: true })
  }
}
