import { describe, expect, test } from 'vitest'
import { findProfile } from '../../../src/config/find-profile.ts'
import { loadConfig } from '../../../src/config/read/load-config.ts'
import { configFolder, load, URLS, usageErrorOf } from './config-folder.ts'

const FILE_OF_TWO = `
databases: { a: { url: postgres://a/a }, b: { url: postgres://b/b } }
profiles: { nightly: { from: a, to: b }, weekly: { from: b, to: a } }`

describe('without a name', () => {
  test('the built-in profile is found', () => {
    expect(findProfile(load('')).name).toBe('prod-to-staging')
  })

  test('the only profile of the file is found', () => {
    expect(findProfile(load('profiles: { nightly: { from: production, to: staging } }')).name).toBe('nightly')
  })

  test('several profiles in the file leave the built-in one, if it is complete', () => {
    expect(findProfile(load(FILE_OF_TWO)).name).toBe('prod-to-staging')
    expect(usageErrorOf(() => findProfile(load(FILE_OF_TWO, {})))).toMatchObject({
      message: 'Missing argument: the profile',
      hint: 'Name one of `nightly`, `weekly`.',
    })
  })
})

test('a profile is found by its name', () => {
  expect(findProfile(load(FILE_OF_TWO), 'weekly').from.name).toBe('b')
  expect(findProfile(load(FILE_OF_TWO), 'prod-to-staging').from.name).toBe('production')
})

test('an unknown name is told with the nearest one and all that are known', () => {
  expect(usageErrorOf(() => findProfile(load(FILE_OF_TWO), 'nightli'))).toMatchObject({
    message: 'No profile is named `nightli`; did you mean `nightly`?',
    hint: 'The profiles are `prod-to-staging`, `nightly`, `weekly`.',
    exitCode: 2,
  })
})

test('a URL in place of a name is not repeated, since it holds a password', () => {
  const error = usageErrorOf(() => findProfile(load(FILE_OF_TWO), 'postgres://reader:s3cret@db/app'))
  expect(error.message).toBe('No profile is named `…`')
  expect(JSON.stringify([error.message, error.hint, error.problems])).not.toContain('s3cret')
})

test('a slip in the name of the built-in profile is noticed while its variables are missing', () => {
  const config = loadConfig({ cwd: configFolder(), env: {} })
  expect(usageErrorOf(() => findProfile(config, 'prod-to-stagin')).message).toContain(
    'did you mean `prod-to-staging`?',
  )
})

test('a variable that is set is not said to be missing: what is wrong with its value is said', () => {
  const env = { ...URLS, STAGING_DATABASE_URL: 'postgres://me:s3cret@127.0.0.1:99999/db' }
  const error = usageErrorOf(() => findProfile(loadConfig({ cwd: configFolder(), env })))
  expect(error).toMatchObject({
    message: 'The built-in profile prod-to-staging has a URL that cannot be used',
    problems: ['the variable STAGING_DATABASE_URL has an invalid port: the port must be 1 to 65535'],
    hint: 'Correct the value of the variable in the environment or in .env.',
    exitCode: 2,
  })
})

test('the built-in profile without its variables names them, with what to do', () => {
  const config = loadConfig({ cwd: configFolder(), env: {} })
  expect(usageErrorOf(() => findProfile(config))).toMatchObject({
    message: 'The built-in profile prod-to-staging is incomplete',
    problems: [
      'the variable PRODUCTION_DATABASE_URL is not set; set it in the environment or in .env',
      'the variable STAGING_DATABASE_URL is not set; set it in the environment or in .env',
    ],
    hint: expect.stringContaining('mbsync init'),
    exitCode: 2,
  })
  expect(usageErrorOf(() => findProfile(config, 'nightly')).hint).toContain('mbsync init')
})
