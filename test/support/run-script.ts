import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { TestDatabase } from './databases.ts'

const HAS_PSQL = spawnSync('psql', ['--version']).status === 0
const END_OF_ROWS = '\n\\.\n'

/** What a script asks of psql alone, line by line; it must not stop the protocol. */
const FOR_PSQL =
  /^(\\(set|if|endif|restrict|unrestrict) .*|\\endif|:mbsync_optional|SELECT :VERSION_NUM .*|-- \*\/)\n/gm

/** Restores psql scripts as a superuser would, triggers asleep: with psql where there is one, else over the protocol. */
export async function runScripts(
  { url, client }: TestDatabase,
  scripts: AsyncIterable<Buffer>,
): Promise<void> {
  if (HAS_PSQL) await runWithPsql(url, scripts)
  else for await (const script of scripts) await runOverProtocol(client, script)
}

async function runWithPsql(url: string, scripts: AsyncIterable<Buffer>): Promise<void> {
  const child = spawn('psql', ['-X', '-q', '-1', '-v', 'ON_ERROR_STOP=1', url], {
    env: { ...process.env, PGOPTIONS: '-c session_replication_role=replica' },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const ended = once(child, 'close')
  // psql stops reading at its first error, which its exit code and message then tell.
  await pipeline(Readable.from(scripts), child.stdin).catch(() => undefined)
  const [code] = await ended
  if (code !== 0) throw new Error(`psql ended with ${code}: ${errors}`)
}

async function runOverProtocol(client: pg.Client, script: Buffer): Promise<void> {
  const copy = /^COPY .* FROM stdin;\n/ms.exec(script.subarray(0, 1_000_000).toString('latin1'))
  await client.query('SET session_replication_role = replica')
  if (copy === null) {
    await client.query(script.toString('utf8').replaceAll(FOR_PSQL, ''))
    return
  }
  const head = script.subarray(0, copy.index).toString('utf8').replaceAll(FOR_PSQL, '')
  const start = copy.index + copy[0].length
  // A table without rows has no line break of its own before the end marker.
  const end = script.lastIndexOf(END_OF_ROWS) + 1
  await client.query(head)
  const into = client.query(copyFrom(script.subarray(copy.index, start).toString('utf8')))
  await pipeline(Readable.from([script.subarray(start, Math.max(start, end))]), into)
}
