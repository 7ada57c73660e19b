import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { INIT_TEMPLATE } from '../../../../src/config/schema/init-template.ts'
import { withSchemaOf } from '../../../../src/config/schema/schema-file.ts'
import { writeBlankConfig } from '../../../../src/jobs/init/init.ts'
import { configFolder } from '../../config/config-folder.ts'

test('a blank mbsync.yaml is written, and the variables that it needs are told', async () => {
  const cwd = configFolder()
  const path = join(cwd, 'mbsync.yaml')
  expect(await writeBlankConfig({ cwd, force: false })).toMatchObject({
    path,
    envVariables: ['PRODUCTION_DATABASE_URL', 'STAGING_DATABASE_URL'],
  })
  expect(readFileSync(path, 'utf8')).toBe(withSchemaOf(cwd, INIT_TEMPLATE))
})

test('an mbsync.yaml that is there is left as it was, unless forced', async () => {
  const cwd = configFolder({ 'mbsync.yaml': '# mine' })
  const path = join(cwd, 'mbsync.yaml')
  await expect(writeBlankConfig({ cwd, force: false })).rejects.toMatchObject({
    message: `${path} already exists`,
    hint: expect.stringContaining('--force'),
    exitCode: 2,
  })
  expect(readFileSync(path, 'utf8')).toBe('# mine')
  await writeBlankConfig({ cwd, force: true })
  expect(readFileSync(path, 'utf8')).toBe(withSchemaOf(cwd, INIT_TEMPLATE))
})

test('nothing is written beside an mbsync.yml, even if forced', async () => {
  const cwd = configFolder({ 'mbsync.yml': '# mine' })
  await expect(writeBlankConfig({ cwd, force: true })).rejects.toThrow('mbsync.yml is already in')
})

test('a folder that does not exist is an error that says what to check', async () => {
  const cwd = join(configFolder(), 'nowhere')
  await expect(writeBlankConfig({ cwd, force: false })).rejects.toMatchObject({
    message: `${join(cwd, 'mbsync.yaml')} cannot be written`,
    exitCode: 2,
  })
})
