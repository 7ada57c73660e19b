import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { INIT_TEMPLATE } from '../../../src/config/schema/init-template.ts'
import { LOCAL_SCHEMA, withSchemaOf } from '../../../src/config/schema/schema-file.ts'
import { configFolder } from './config-folder.ts'

test('the schema line names a file that exists: of the folder if it has one, else of this package', () => {
  const folder = configFolder()
  const [, path = ''] = /\$schema=(.*)/.exec(withSchemaOf(folder, INIT_TEMPLATE)) ?? []
  expect(existsSync(path), path).toBe(true)
  mkdirSync(dirname(join(folder, LOCAL_SCHEMA)), { recursive: true })
  writeFileSync(join(folder, LOCAL_SCHEMA), '')
  expect(withSchemaOf(folder, INIT_TEMPLATE)).toContain(`$schema=${LOCAL_SCHEMA}\n`)
})
