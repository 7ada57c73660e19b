import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measureMbsync } from './run-measured.ts'
import { sayLoad } from './say-load.ts'
import { query, startBenchServers } from './servers.ts'
import { startStandIn } from './start-stand-in.ts'

function rowsSql(documents: number): string {
  return `
CREATE TABLE material (id uuid PRIMARY KEY, title text, body text, is_global boolean, tenant_id uuid);
INSERT INTO material SELECT md5(i::text)::uuid, 'title ' || i, repeat(md5(i::text) || ' ', 60), i % 3 = 0, md5((i % 50)::text)::uuid
  FROM generate_series(1, ${documents}) i;
VACUUM (ANALYZE) material`
}

const CONFIG = `
databases:
  production: { url: "\${PRODUCTION_DATABASE_URL}" }
  staging: { url: "\${STAGING_DATABASE_URL}" }
profiles:
  bench: { from: production, to: staging, search: [semantic] }
mixedbread: { ratePercent: 100000 }
search:
  semantic:
    type: mixedbread
    entities:
      material:
        table: public.material
        text: body
        metadata: { title: title }
`

/** The first load of a store, a run with nothing and one with 1 % changed, against a stand-in without rate limits: what is left is mbsync's own time and memory. */
export async function benchMixedbread(documents: number): Promise<void> {
  const servers = await startBenchServers()
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-bench-'))
  const standIn = await startStandIn('serve-mixedbread.ts')
  try {
    await query(servers.target, rowsSql(documents))
    writeFileSync(join(folder, 'mbsync.yaml'), CONFIG)
    const run = () =>
      measureMbsync(['mixedbread', '--config', join(folder, 'mbsync.yaml')], {
        PRODUCTION_DATABASE_URL: servers.source.url(),
        STAGING_DATABASE_URL: servers.target.url(),
        MIXEDBREAD_BASE_URL: `http://127.0.0.1:${standIn.port}`,
        MXBAI_API_KEY: 'xyz',
        MXBAI_STORE_ID: 'documents',
      })
    sayLoad('first load', documents, await run())
    sayLoad('nothing changed', 0, await run())
    await query(servers.target, `UPDATE material SET body = body || '!' WHERE title LIKE '%7_'`)
    sayLoad('a tenth changed', documents / 10, await run())
  } finally {
    standIn.process.stdin?.end()
    await Promise.all([servers.source.stop(), servers.target.stop()])
    rmSync(folder, { recursive: true, force: true })
  }
}
