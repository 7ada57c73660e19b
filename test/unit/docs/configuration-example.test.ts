import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../../src/config/read/load-config.ts'
import { codeBlocks, readDocument } from '../../support/documents.ts'

test('the example that docs/CONFIGURATION.md begins with is a valid configuration', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'mbsync-example-'))
  onTestFinished(() => rmSync(cwd, { recursive: true }))
  const [example = ''] = codeBlocks(readDocument('docs/CONFIGURATION.md'), 'yaml')
  writeFileSync(join(cwd, 'mbsync.yaml'), example)
  const env = {
    PRODUCTION_DATABASE_URL: 'postgres://me@production/app',
    STAGING_DATABASE_URL: 'postgres://me@staging/app',
    SLACK_WEBHOOK_URL: 'https://hooks.example.com/1',
    PING_URL: 'https://pings.example.com/1',
    TYPESENSE_URL: 'http://search:8108',
    TYPESENSE_API_KEY: 'key',
  }
  const { profiles } = loadConfig({ cwd, env })
  expect([...profiles.keys()]).toEqual(expect.arrayContaining(['prod-to-staging', 'orders-to-laptop']))
})
