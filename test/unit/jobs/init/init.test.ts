import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { INIT_TEMPLATE } from '../../../../src/config/schema/init-template.ts'
import { withSchemaOf } from '../../../../src/config/schema/schema-file.ts'
import { writeBlankConfig, writeFirstConfig } from '../../../../src/jobs/init/init.ts'
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

const URL = 'postgres://reader@localhost/app'

function init(cwd: string, variables: Record<string, string> = {}) {
  const context = { report: () => undefined, signal: new AbortController().signal, lockWaitMs: 0 }
  const urls = { production: URL, staging: URL }
  const options = { cwd, force: false, variables: new Map(Object.entries(variables)), urls, ask: undefined }
  return writeFirstConfig(options, { ...context, confirm: async () => 'unasked' })
}

test('a .env that cannot take the URLs is named for what it is, before anything is read or written', async () => {
  const cwd = configFolder()
  symlinkSync('nowhere', join(cwd, '.env'))
  await expect(init(cwd)).rejects.toMatchObject({
    message: `${join(cwd, '.env')} is a link to a file that does not exist`,
    hint: expect.stringContaining('STAGING_DATABASE_URL'),
  })
  expect(readdirSync(cwd)).toEqual(['.env'])
  const other = configFolder()
  mkdirSync(join(other, '.env'))
  await expect(init(other)).rejects.toThrow('is a folder, so init cannot write the URLs')
})

test('a variable that is empty is said to be so, also beside a flag', async () => {
  await expect(init(configFolder(), { PRODUCTION_DATABASE_URL: '' })).rejects.toThrow(
    'The variable PRODUCTION_DATABASE_URL is set, but empty',
  )
})

test('an mbsync.yaml that is a link to nothing is there, too', async () => {
  const cwd = configFolder()
  symlinkSync('nowhere', join(cwd, 'mbsync.yaml'))
  await expect(writeBlankConfig({ cwd, force: false })).rejects.toThrow('mbsync.yaml already exists')
})
