import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/read/load-config.ts'
import { checkFields } from '../../../src/search/typesense/check-fields.ts'

const text = readFileSync(new URL('../../../docs/SEARCH.md', import.meta.url), 'utf8')
const examples = Array.from(text.matchAll(/```yaml\n(.*?)```/gs), ([, yaml = '']) => yaml)
const DATABASES = `databases:
  production: { url: postgres://me@production/app }
  staging: { url: postgres://me@staging/app }
`

test('docs/SEARCH.md has its examples', () => {
  expect(examples).toHaveLength(5)
})

test.each(examples)('an example of docs/SEARCH.md is a valid configuration: %s', (yaml) => {
  const cwd = mkdtempSync(join(tmpdir(), 'mbsync-example-'))
  writeFileSync(join(cwd, 'mbsync.yaml'), DATABASES + yaml)
  const env = { TYPESENSE_URL: 'http://search:8108', TYPESENSE_API_KEY: 'key' }
  const { searchIndexes } = loadConfig({ cwd, env })
  for (const { name, home, documents } of searchIndexes.values()) {
    if (home.type !== 'typesense' || home.schema === undefined) throw new Error('an example needs a schema')
    expect(checkFields(name, home.schema)).toEqual([])
    for (const field of home.schema.fields) expect(documents).toContain(field.name)
  }
  rmSync(cwd, { recursive: true })
})
