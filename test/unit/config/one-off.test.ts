import { expect, test } from 'vitest'
import { chooseProfile } from '../../../src/config/one-off.ts'
import { loadConfig } from '../../../src/config/read/load-config.ts'
import { configFolder, PRODUCTION_URL, STAGING_URL, URLS, usageErrorOf } from './config-folder.ts'

const config = (env = {}) => loadConfig({ cwd: configFolder(), env: { HOME: '/nowhere', ...env } })
const MINE = 'postgres://me:secret@localhost/mine'

test('two URLs are a profile without search indexes that reads every table', () => {
  const profile = chooseProfile(config(), undefined, { from: PRODUCTION_URL, to: MINE, jobs: 2 })
  expect(profile).toMatchObject({ name: 'one-off', jobs: 2, search: [], exclude: [] })
  expect([profile.from.name, profile.to.name, profile.to.isProtected]).toEqual([
    'db.example.com/app',
    'localhost/mine',
    false,
  ])
})

test('databases of the configuration keep their names and their protection', () => {
  const { from, to } = chooseProfile(config(URLS), undefined, { from: 'staging', to: 'production' })
  expect([from.name, to.name, to.isProtected]).toEqual(['staging', 'production', true])
})

test('a URL that leads another user to a protected database is protected', () => {
  const to = PRODUCTION_URL.replace('reader:s3cret', 'owner:other')
  expect(chooseProfile(config(URLS), undefined, { from: STAGING_URL, to }).to.isProtected).toBe(true)
})

test('one side alone, and sides beside a profile, are refused without a URL in the message', () => {
  expect(usageErrorOf(() => chooseProfile(config(), undefined, { from: MINE })).message).toBe(
    '--from needs --to',
  )
  expect(usageErrorOf(() => chooseProfile(config(), undefined, { to: MINE })).message).toBe(
    '--to needs --from',
  )
  const both = usageErrorOf(() => chooseProfile(config(URLS), 'prod-to-staging', { from: MINE, to: MINE }))
  expect(both.message).toBe('Give a profile, or --from and --to, not both')
})
