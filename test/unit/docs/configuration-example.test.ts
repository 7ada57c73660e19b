import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../../src/config/read/load-config.ts'
import { codeBlocks, readDocument } from '../../support/documents.ts'

const ENV = {
  PRODUCTION_DATABASE_URL: 'postgres://me@production/app',
  STAGING_DATABASE_URL: 'postgres://me@staging/app',
  SLACK_WEBHOOK_URL: 'https://hooks.example.com/1',
  PING_URL: 'https://pings.example.com/1',
  OPS_KEY: 'key',
  TYPESENSE_URL: 'http://search:8108',
  TYPESENSE_API_KEY: 'key',
  MXBAI_API_KEY: 'key',
  MXBAI_STORE_ID: 'store',
}

function load(example: string): ReturnType<typeof loadConfig> {
  const cwd = mkdtempSync(join(tmpdir(), 'mbsync-example-'))
  onTestFinished(() => rmSync(cwd, { recursive: true }))
  writeFileSync(join(cwd, 'mbsync.yaml'), example)
  return loadConfig({ cwd, env: ENV })
}

test('the example that docs/CONFIGURATION.md begins with is a valid configuration', () => {
  const [example = ''] = codeBlocks(readDocument('docs/CONFIGURATION.md'), 'yaml')
  const { profiles } = load(example)
  expect([...profiles.keys()]).toEqual(expect.arrayContaining(['prod-to-staging', 'orders-to-laptop']))
})

const DOCUMENTS = [
  'README.md',
  ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
]
const EXAMPLES = DOCUMENTS.flatMap((path) =>
  codeBlocks(readDocument(path), 'yaml')
    .filter((example) => /^(profiles|databases):/m.test(example))
    .map((example) => ({ path, example })),
)

test('every profile that documents show is a valid configuration', () => {
  expect(EXAMPLES.length).toBeGreaterThan(10)
  for (const { path, example } of EXAMPLES) expect(() => load(example), `${path}:\n${example}`).not.toThrow()
})
