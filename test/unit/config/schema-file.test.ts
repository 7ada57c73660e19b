import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { INIT_TEMPLATE } from '../../../src/config/schema/init-template.ts'
import { addressOf, LOCAL_SCHEMA, withSchemaOf } from '../../../src/config/schema/schema-file.ts'
import { configFolder } from './config-folder.ts'

test('the schema line names a file that exists: of the folder if it has one, else of this package', () => {
  const folder = configFolder()
  const [, url = ''] = /\$schema=(.*)/.exec(withSchemaOf(folder, INIT_TEMPLATE)) ?? []
  expect(existsSync(fileURLToPath(url)), url).toBe(true)
  mkdirSync(dirname(join(folder, LOCAL_SCHEMA)), { recursive: true })
  writeFileSync(join(folder, LOCAL_SCHEMA), '')
  expect(withSchemaOf(folder, INIT_TEMPLATE)).toContain(`$schema=${LOCAL_SCHEMA}\n`)
})

test('within a project the address is a path from the folder, outside a URL without spaces', () => {
  const inProject = '/srv/app/node_modules/mbsync/docs/mbsync.schema.json'
  expect(addressOf('/srv/app/ops', inProject)).toBe('../node_modules/mbsync/docs/mbsync.schema.json')
  expect(addressOf('/srv/application', inProject)).toBe(`file://${inProject}`)
  expect(addressOf('/srv/app', '/opt/my tools/mbsync/docs/mbsync.schema.json')).toBe(
    'file:///opt/my%20tools/mbsync/docs/mbsync.schema.json',
  )
})
