import { chownSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findConfigFile } from '../../../src/config/read/find-config-file.ts'
import { loadConfig } from '../../../src/config/read/load-config.ts'
import { configFolder, URLS, usageErrorOf } from './config-folder.ts'

test.each(['mbsync.yaml', 'mbsync.yml'])('%s in the working directory is found', (name) => {
  const cwd = configFolder({ [name]: '' })
  expect(findConfigFile(cwd, undefined)).toBe(join(cwd, name))
})

test('no file is fine unless one is asked for', () => {
  const cwd = configFolder()
  expect(findConfigFile(cwd, undefined)).toBeUndefined()
  expect(usageErrorOf(() => findConfigFile(cwd, 'nightly.yaml'))).toMatchObject({
    message: `The configuration file ${join(cwd, 'nightly.yaml')} does not exist`,
    hint: expect.stringContaining('mbsync init'),
  })
})

test('a link that leads nowhere is found, so that its rules are missed rather than left out', () => {
  const cwd = configFolder()
  symlinkSync(join(cwd, 'gone.yaml'), join(cwd, 'mbsync.yaml'))
  expect(findConfigFile(cwd, undefined)).toBe(join(cwd, 'mbsync.yaml'))
  expect(usageErrorOf(() => loadConfig({ cwd, env: URLS })).message).toMatch(/mbsync\.yaml cannot be read$/)
})

test('both names in one folder are refused, unless one file is asked for', () => {
  const cwd = configFolder({ 'mbsync.yaml': '', 'mbsync.yml': '' })
  expect(usageErrorOf(() => findConfigFile(cwd, undefined)).message).toContain(
    'Both mbsync.yaml and mbsync.yml',
  )
  expect(findConfigFile(cwd, 'mbsync.yml')).toBe(join(cwd, 'mbsync.yml'))
})

test('the nearest file above the working directory is found, with the `.env` beside it', () => {
  const top = configFolder({
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as the file has it
    'mbsync.yaml': 'databases: { copy: { url: "${COPY_URL}" } }',
    '.env': `COPY_URL=${URLS.STAGING_DATABASE_URL}`,
  })
  const cwd = join(top, 'app/src')
  mkdirSync(cwd, { recursive: true })
  expect(findConfigFile(cwd, undefined)).toBe(join(top, 'mbsync.yaml'))
  expect(loadConfig({ cwd, env: {} }).databases.get('copy')?.url).toBe(URLS.STAGING_DATABASE_URL)
  const { envFile } = loadConfig({ cwd: configFolder(), env: {}, configPath: join(top, 'mbsync.yaml') })
  expect(envFile).toBe(join(top, '.env'))
})

test.skipIf(process.getuid?.() !== 0)(
  'a file above that another user owns must be named (needs root to give it away)',
  () => {
    const top = configFolder({ 'mbsync.yaml': '', app: undefined })
    const path = join(top, 'mbsync.yaml')
    chownSync(path, 65534, 65534)
    expect(usageErrorOf(() => findConfigFile(join(top, 'app'), undefined)).message).toBe(
      `The configuration file ${path} belongs to another user`,
    )
    expect(findConfigFile(top, undefined)).toBe(path)
  },
)
