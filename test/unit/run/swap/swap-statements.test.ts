import { describe, expect, test } from 'vitest'
import { localeOptions } from '../../../../src/run/swap/create-database.ts'
import { judgeTarget } from '../../../../src/run/swap/judge-target.ts'
import type { SwapFacts } from '../../../../src/run/swap/read-swap-facts.ts'
import { swapName } from '../../../../src/run/swap/swap-name.ts'
import { belongingStatements, settingChanges } from '../../../../src/run/swap/write-database.ts'
import { leftOver } from '../../../../src/state/swaps.ts'

describe('the names of a swap', () => {
  test('have the name of the target, the role and the run', () => {
    expect(swapName('app', 'next', 12)).toBe('app_mbsync_next_12')
    expect(swapName('app', 'undone', 7)).toBe('app_mbsync_undone_7')
  })

  test('fit into 63 bytes, and never end within a character', () => {
    const name = swapName('ä'.repeat(40), 'prev', 123)
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63)
    expect(name).toMatch(/^ä+_[0-9a-f]{8}_mbsync_prev_123$/)
    expect(Buffer.byteLength(swapName('a'.repeat(63), 'next', 1))).toBe(63)
    expect(swapName('a'.repeat(48), 'next', 1)).toBe(`${'a'.repeat(48)}_mbsync_next_1`)
  })

  test('differ for targets with the same beginning', () => {
    const names = ['a', 'b', ''].map((end) => swapName('x'.repeat(60) + end, 'next', 1))
    expect(new Set(names).size).toBe(3)
  })
})

test('settings are written as they mean, lists name by name', () => {
  const settings = [
    { role: null, name: 'search_path', value: '"$user", public, "Odd, ""one"""' },
    { role: 'app', name: 'work_mem', value: '5MB' },
    { role: null, name: 'my.setting', value: "it's" },
    { role: 'app', name: 'search_path', value: '""' },
    { role: null, name: 'temp_tablespaces', value: '' },
  ]
  const statements = (present: typeof settings) =>
    settingChanges('next', settings, present).flatMap((change) => change.statements)
  expect(statements([])).toEqual([
    `ALTER DATABASE "next" SET "search_path" TO '$user', 'public', 'Odd, "one"'`,
    `ALTER ROLE "app" IN DATABASE "next" SET "work_mem" TO '5MB'`,
    `ALTER DATABASE "next" SET "my"."setting" TO 'it''s'`,
    `ALTER ROLE "app" IN DATABASE "next" SET "search_path" TO ''`,
    `SELECT pg_catalog.set_config('temp_tablespaces', '', true)`,
    'ALTER DATABASE "next" SET "temp_tablespaces" FROM CURRENT',
  ])
  const others = [
    { role: 'app', name: 'geqo', value: 'off' },
    { role: null, name: 'my.setting', value: 'was' },
  ]
  expect(statements([...settings.filter(({ name }) => name !== 'my.setting'), ...others])).toEqual([
    `ALTER DATABASE "next" SET "my"."setting" TO 'it''s'`,
    'ALTER ROLE "app" IN DATABASE "next" RESET "geqo"',
  ])
})

test('what belongs to a database from outside is written for the new one', () => {
  const grants = [
    { role: null, privilege: 'CONNECT', isGrantable: false },
    { role: 'app', privilege: 'CREATE', isGrantable: true },
  ]
  const belonging = { owner: 'app', grants, connectionLimit: -1, comment: null }
  expect(belongingStatements('app', belonging, 'before')[0]).toBe('ALTER DATABASE "app" OWNER TO "app"')
  expect(belongingStatements('app', belonging, 'app')).toEqual([
    'GRANT CONNECT ON DATABASE "app" TO PUBLIC',
    'GRANT CREATE ON DATABASE "app" TO "app" WITH GRANT OPTION',
    'ALTER DATABASE "app" CONNECTION LIMIT -1',
    'COMMENT ON DATABASE "app" IS NULL',
  ])
})

test('a locale is named as the version of the server has it', () => {
  const libc = { encoding: 'UTF8', collate: 'C', ctype: 'en', locale: undefined, rules: undefined }
  expect(localeOptions({ ...libc, provider: 'libc' }, 140000)).toEqual(["LC_COLLATE 'C'", "LC_CTYPE 'en'"])
  expect(localeOptions({ ...libc, provider: 'libc' }, 150000)).toContain('LOCALE_PROVIDER libc')
  const icu = { ...libc, provider: 'icu' as const, locale: 'de' }
  expect(localeOptions(icu, 150000)?.slice(2)).toEqual(['LOCALE_PROVIDER icu', "ICU_LOCALE 'de'"])
  const withRules = { ...icu, rules: '&a < b' }
  expect(localeOptions(withRules, 160000)).toContain("ICU_RULES '&a < b'")
  const builtin = { ...libc, provider: 'builtin' as const, locale: 'C.UTF-8' }
  expect(localeOptions(builtin, 170000)).toContain("BUILTIN_LOCALE 'C.UTF-8'")
  // Another order of strings is no locale of the source.
  const older = [localeOptions(icu, 140000), localeOptions(withRules, 150000), localeOptions(builtin, 160000)]
  expect(older).toEqual([undefined, undefined, undefined])
})

describe('what keeps a target from being replaced', () => {
  const facts: SwapFacts = {
    database: 'app',
    role: 'mbsync',
    owner: 'mbsync',
    writer: { role: 'mbsync', isOwner: true, isDormantOwner: false },
    closedTablespace: null,
    canCreateDatabases: true,
    isOwner: true,
    isDormantOwner: false,
    canBecomeOwner: true,
    isTemplate: false,
    hasLargeObjects: false,
    preparedTransactions: 0,
    subscriptions: [],
    slots: [],
    publications: [],
    foreignSessions: [],
    bytes: 1,
  }
  const rules = {
    to: { name: 'staging', url: '', isProtected: false },
    largeObjects: 'leave' as const,
    backup: 'undo' as const,
    swap: { keep: 1, locale: 'source' as const, switchMs: 1000 },
  }
  const errors = (some: Partial<SwapFacts>) =>
    judgeTarget({ ...facts, ...some }, rules).filter(({ severity }) => severity === 'error').length

  test('is nothing of a plain database', () => {
    expect(judgeTarget(facts, rules)).toEqual([])
  })

  test.each<Partial<SwapFacts>>([
    { database: 'postgres' },
    { canCreateDatabases: false },
    { isOwner: false },
    { isTemplate: true },
    { hasLargeObjects: true },
    { preparedTransactions: 1 },
    { subscriptions: ['sub'] },
    { slots: ['slot'] },
    { canBecomeOwner: false },
    { closedTablespace: 'fast' },
    { writer: { role: 'app', isOwner: false, isDormantOwner: false } },
  ])('is %o', (some) => {
    expect(errors(some)).toBe(1)
  })

  test('is not a publication, or a session that cannot be ended: these are noted', () => {
    const noted = judgeTarget({ ...facts, publications: ['pub'], foreignSessions: ['postgres'] }, rules)
    expect(noted.map(({ severity }) => severity)).toEqual(['note', 'note'])
  })
})

test('a database is left over unless the run that has built it stands', () => {
  const swap = {
    runId: 1,
    profile: 'p',
    finishedAt: new Date(0),
    isReady: false,
    builtName: 'next',
    replacedName: 'prev',
    replacedOid: 1,
    replaced: undefined,
  }
  const built = { oid: 2, name: 'next' }
  const runs = (['running', 'abandoned', 'failed', 'rolled back', 'succeeded'] as const).map((status) => {
    return leftOver([{ ...swap, status, built }]).length
  })
  expect(runs).toEqual([1, 1, 1, 1, 0])
  expect(leftOver([{ ...swap, status: 'failed', built: undefined }])).toEqual([])
})
