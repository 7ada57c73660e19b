import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chooseProfile } from '../../../src/config/one-off.ts'
import { loadConfig } from '../../../src/config/read/load-config.ts'
import { readEnvironment } from '../../../src/config/read/read-environment.ts'
import { configFolder, usageErrorOf } from './config-folder.ts'

test('a variable that the environment sets is not overridden by .env, even if it is empty', () => {
  const cwd = configFolder({ '.env': 'A=file\nB=file\nC=file' })
  const variables = readEnvironment({ cwd, env: { A: 'environment', B: '', C: undefined } })
  expect(Object.fromEntries(variables)).toStrictEqual({ A: 'environment', B: '', C: 'file' })
})

test('quotes, comments, export and a byte order mark are understood', () => {
  const cwd = configFolder({ '.env': `\uFEFFA='p#ss$word' # why\nexport B="b"\r\n# C=c\n` })
  expect(Object.fromEntries(readEnvironment({ cwd, env: {} }))).toStrictEqual({ A: 'p#ss$word', B: 'b' })
})

test('no .env, or a folder of that name, is no variables', () => {
  expect(readEnvironment({ cwd: configFolder(), env: {} }).size).toBe(0)
  expect(readEnvironment({ cwd: configFolder({ '.env': undefined }), env: {} }).size).toBe(0)
})

test('another file is read in place of .env, relative to the working directory', () => {
  const cwd = configFolder({ '.env': 'A=1', 'nightly.env': 'B=2' })
  const variables = readEnvironment({ cwd, env: {}, envFilePath: 'nightly.env' })
  expect(Object.fromEntries(variables)).toStrictEqual({ B: '2' })
})

test('another file must exist', () => {
  const cwd = configFolder()
  const error = usageErrorOf(() => readEnvironment({ cwd, env: {}, envFilePath: 'nightly.env' }))
  expect(error.message).toBe(`The environment file ${join(cwd, 'nightly.env')} cannot be read`)
})

test('a database URL with a # in its password is whole, so that it is refused by the name of its variable, and only where it is needed', () => {
  const cut = 'postgres://reader:12345#6@db/app'
  const lines = `A=${cut}\nexport B = postgresql://reader:a%20#6@db/app\nC=postgres://a:b@db/app # why @ home\nD='postgres://a:b#c@db/app'\nE=https://a/#b@c`
  const cwd = configFolder({ '.env': lines })
  const variables = readEnvironment({ cwd, env: { B: 'other' } })
  expect(Object.fromEntries(variables)).toEqual({
    A: cut,
    B: 'other',
    C: 'postgres://a:b@db/app',
    D: 'postgres://a:b#c@db/app',
    E: 'https://a/',
  })
  const env = { STAGING_DATABASE_URL: 'postgres://a@b/c' }
  const folder = configFolder({ '.env': `PRODUCTION_DATABASE_URL=${cut}` })
  const { message, problems } = usageErrorOf(() => chooseProfile(loadConfig({ cwd: folder, env }), undefined))
  const text = [message, ...problems].join(' ')
  expect(text).toContain('PRODUCTION_DATABASE_URL must be a URL')
  expect(text).toContain('%23 for #')
  expect(text).not.toContain('12345')
})
