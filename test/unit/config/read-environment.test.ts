import { join } from 'node:path'
import { expect, test } from 'vitest'
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

test('a URL that a # cuts is refused by the name of its variable', () => {
  const refused = (line: string) => {
    const cwd = configFolder({ '.env': `A=1\n${line}\n` })
    return usageErrorOf(() => readEnvironment({ cwd, env: {} })).message
  }
  const message = 'The URL of B in the environment file ends at a #, where a comment begins'
  expect(refused('B=postgres://reader:12345#6@db/app')).toBe(message)
  expect(refused('export B = postgresql://reader:a%20#6@db/app')).toBe(message)
  const lines = `B=postgres://a:b@db/app # why\nC='postgres://a:b#c@db/app'\nD=https://a/#b`
  const variables = readEnvironment({ cwd: configFolder({ '.env': lines }), env: {} })
  expect(variables.get('B')).toBe('postgres://a:b@db/app')
})
