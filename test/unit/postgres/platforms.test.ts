import { describe, expect, test } from 'vitest'
import { platformOf, type Standing, serverPlatform } from '../../../src/postgres/catalog/platforms.ts'

const APPS: Standing = {
  schema: 'auth',
  owner: 'app',
  isOwnerSuperuser: false,
  schemaOwner: 'app',
  schemaExtension: undefined,
  extensions: [],
}

describe('whose a relation is', () => {
  test.each([
    ['Supabase', { owner: 'supabase_auth_admin', schemaOwner: 'supabase_admin' }],
    [
      'Supabase',
      { schema: 'realtime', owner: 'root', isOwnerSuperuser: true, schemaOwner: 'supabase_admin' },
    ],
    ['Neon', { schema: 'neon_auth', owner: 'cloud_admin' }],
    ['Heroku', { schema: '_heroku', owner: 'heroku_admin' }],
    ['Amazon RDS', { schema: 'aws_s3', owner: 'rdsadmin' }],
    ['Nhost', { schema: 'storage', owner: 'nhost_storage_admin' }],
    ['Google Cloud', { schema: 'google_ml', owner: 'cloudsqladmin' }],
    ['the extension timescaledb', { schema: '_timescaledb_internal', schemaExtension: 'timescaledb' }],
    ['the extension pg_partman', { schema: 'partman', extensions: ['pg_partman'] }],
    ['the extension postgis_topology', { schema: 'topology', extensions: ['postgis_topology'] }],
  ])("%s's, by its owner or its extension: %o", (name, standing) => {
    expect(platformOf({ ...APPS, ...standing })).toBe(name)
  })

  test.each([
    ['a schema that the application made, whatever its name', {}],
    ['one that a superuser made for itself', { owner: 'root', isOwnerSuperuser: true, schemaOwner: 'root' }],
    ['a table that the customer has put into a schema of the host', { schemaOwner: 'supabase_admin' }],
    [
      'a table in public that the console of the host has made',
      { schema: 'public', owner: 'supabase_admin' },
    ],
    ['a schema of the customer with a table of the host', { schema: 'shop', owner: 'supabase_admin' }],
    ['a schema named like the home of an extension that is elsewhere', { schema: 'partman' }],
    ['a schema into which the customer put an extension', { schema: 'gis', extensions: ['postgis'] }],
  ])("the customer's: %s", (_, standing) => {
    expect(platformOf({ ...APPS, ...standing })).toBeUndefined()
  })

  test('a server is known by roles that only its host has', () => {
    expect(serverPlatform(['rdsadmin', 'rds_superuser'])).toMatchObject({ name: 'Amazon RDS' })
    expect(serverPlatform(['neon_superuser'])).toEqual({ name: 'Neon', replicaRole: undefined })
    expect(serverPlatform([])).toBeUndefined()
  })
})
