import { describe, expect, test } from 'vitest'
import { findProfile } from '../../../src/config/find-profile.ts'
import { loadConfig } from '../../../src/config/read/load-config.ts'
import { INIT_TEMPLATE } from '../../../src/config/schema/init-template.ts'
import { configFolder, load, URLS, usageErrorOf } from './config-folder.ts'
import { schemaKeys } from './schema-keys.ts'

describe('the first mbsync.yaml', () => {
  test('loads given the two URLs, and means what is built in', () => {
    const builtIn = loadConfig({ cwd: configFolder(), env: URLS })
    const config = load(INIT_TEMPLATE)
    expect(config.databases).toStrictEqual(builtIn.databases)
    expect(findProfile(config)).toStrictEqual(findProfile(builtIn))
  })

  test('names the variables that are missing', () => {
    expect(usageErrorOf(() => load(INIT_TEMPLATE, {})).problems).toStrictEqual([
      'databases.production.url: the variable PRODUCTION_DATABASE_URL is not set; set it in the environment or in .env',
      'databases.staging.url: the variable STAGING_DATABASE_URL is not set; set it in the environment or in .env',
    ])
  })

  test('loads with its examples in place of the empty defaults', () => {
    const yaml = INIT_TEMPLATE.replace('    exclude: []\n', '')
      .replace('    where: {}\n', '')
      .replace('    keep: {}\n', '')
      .replace('    columns: {}\n', '')
      .replace('    mask: {}\n', '')
      .replace(/^ {4}# (?=exclude|where|keep:|columns:|mask:| {2}'| {4})/gm, '    ')
    const profile = findProfile(load(yaml))
    expect(profile.exclude).toHaveLength(2)
    expect(profile.where).toStrictEqual([
      { table: { schema: 'public', name: 'Event' }, condition: "created_at > now() - interval '30 days'" },
    ])
    expect(profile.keep).toMatchObject([{ rows: "environment = 'staging'" }, { rows: true }])
    expect(profile.mask).toMatchObject([
      { table: { schema: 'public', name: 'User' }, columns: [{ column: 'email', mask: { kind: 'email' } }] },
    ])
    expect(profile.columns).toStrictEqual([
      { table: { schema: 'public', name: 'Part' }, exclude: ['legacy'] },
    ])
  })

  test('starts with the schema for editors and shows every key', () => {
    expect(INIT_TEMPLATE.split('\n')[0]).toBe(
      '# yaml-language-server: $schema=./node_modules/mbsync/docs/mbsync.schema.json',
    )
    for (const { key } of schemaKeys()) expect(INIT_TEMPLATE).toMatch(new RegExp(`^ *(# *)*${key}:`, 'm'))
  })
})
