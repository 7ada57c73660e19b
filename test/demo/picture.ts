import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lookAt } from '../support/browser.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { connect } from '../support/databases.ts'
import { BIN } from '../support/run-mbsync.ts'
import { type Cell, screenAfter } from '../support/screen.ts'
import { DARK, drawScreen, LIGHT } from './draw-screen.ts'
import { A_DAY_OF_WORK, demoConfig, PARTS_LIBRARY_SCHEMA, partsLibraryRows } from './parts-library.ts'

const IMAGES = fileURLToPath(new URL('../../docs/images', import.meta.url))
const COMPONENTS = 20_000
const COLUMNS = 96

/** Draws docs/images/terminal-*.svg and page-*.png from a real run on a terminal: needs `script`, which Linux and macOS have, and Chromium. */
async function picture(): Promise<void> {
  const [production, staging] = await Promise.all([startCluster({ major: 16 }), startCluster({ major: 18 })])
  const cwd = mkdtempSync(join(tmpdir(), 'mbsync-picture-'))
  const env = {
    PRODUCTION_DATABASE_URL: production.url(),
    STAGING_DATABASE_URL: staging.url(),
    MBSYNC_YES: '1',
  }
  try {
    writeFileSync(join(cwd, 'mbsync.yaml'), demoConfig([]))
    await execute(production, [PARTS_LIBRARY_SCHEMA, ...partsLibraryRows(COMPONENTS)])
    await onTerminal('sync --create-schema', cwd, env)
    await execute(production, [A_DAY_OF_WORK])
    const lines = await onTerminal('sync', cwd, env)
    mkdirSync(IMAGES, { recursive: true })
    for (const [name, palette] of Object.entries({ light: LIGHT, dark: DARK }))
      writeFileSync(join(IMAGES, `terminal-${name}.svg`), drawScreen(lines, palette))
    const page = join(cwd, 'page.html')
    await onTerminal(`status --html ${page}`, cwd, env)
    for (const scheme of ['light', 'dark'] as const) {
      const { screenshot } = await lookAt(page, { width: 1100, scheme })
      writeFileSync(join(IMAGES, `page-${scheme}.png`), Buffer.from(screenshot, 'base64'))
    }
  } finally {
    rmSync(cwd, { recursive: true, force: true })
    await Promise.all([production.stop(), staging.stop()])
  }
}

/** What the screen shows after a command, with its prompt. */
async function onTerminal(
  command: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Cell[][]> {
  const line = `stty cols ${COLUMNS} rows 50; exec '${process.execPath}' '${BIN}' ${command}`
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    cwd,
    env: { PATH: process.env.PATH ?? '', TERM: 'xterm-256color', HOME: cwd, ...env },
  })
  let output = `\u001b[2m$\u001b[22m \u001b[1mmbsync ${command}\u001b[22m\r\n`
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  const [exitCode] = await once(child, 'close')
  if (exitCode !== 0) throw new Error(`mbsync ${command} ended with ${exitCode}:\n${output}`)
  const lines = screenAfter(output)
  while (lines.at(-1)?.every(({ text }) => text === ' ')) lines.pop()
  return lines
}

async function execute(cluster: Cluster, statements: readonly string[]): Promise<void> {
  const client = await connect(cluster.url())
  for (const statement of statements) await client.query(statement)
  await client.end()
}

await picture()
