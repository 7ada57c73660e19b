import { describe, expect, test } from 'vitest'
import { isSameDatabase } from '../../../src/state/sources.ts'

const ORIGIN = { database: 'app', databaseOid: 16384, systemIdentifier: '7312345678901234567' }

describe('two identities are', () => {
  test.each([
    [true, 'one database', {}],
    [true, 'one that was renamed meanwhile', { database: 'app_old' }],
    [false, 'two databases of one cluster', { databaseOid: 16385, database: 'other' }],
    [false, 'one that was dropped, and another with its name', { databaseOid: 16385 }],
    [false, 'two clusters', { systemIdentifier: '1' }],
    [true, 'taken for one where an identifier is not known', { systemIdentifier: null }],
    [false, 'two where it is not known, and the names differ', { systemIdentifier: null, database: 'other' }],
  ])('%s: %s', (expected, _, change) => {
    const other = { ...ORIGIN, ...change }
    expect([isSameDatabase(ORIGIN, other), isSameDatabase(other, ORIGIN)]).toEqual([expected, expected])
  })
})
