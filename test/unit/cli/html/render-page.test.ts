import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { colorsOf } from '../../../../src/cli/html/colors-of.ts'
import { renderPage } from '../../../../src/cli/html/render-page.ts'
import { renderPrivacy } from '../../../../src/cli/html/render-privacy.ts'
import { formatTick, roundTicks } from '../../../../src/cli/html/round-ticks.ts'
import type { PrivacyReport } from '../../../../src/jobs/privacy.ts'
import { CHROMIUM, lookAt } from '../../../support/browser.ts'
import { EVIL, PAGE, RUN } from './a-page.ts'

const page = renderPage(PAGE)
/** Elements of HTML that have no end. */
const VOID = ['meta', 'link', 'br']

test('every element that begins ends, in the right order', () => {
  const open: string[] = []
  for (const [, slash, name = '', self] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (slash === '/') expect(open.pop()).toBe(name)
    else if (self !== '/' && !VOID.includes(name)) open.push(name)
  }
  expect(open).toStrictEqual([])
})

test('no text becomes an element or an attribute, and nothing is fetched', () => {
  const elements = new Set([...page.matchAll(/<([a-z!][a-z0-9]*)/g)].map(([, name]) => name))
  for (const name of ['script', 'img', 'iframe', 'object', 'style>@import'])
    expect(elements).not.toContain(name)
  const attributes = new Set(
    [...page.replaceAll(/"[^"]*"/g, '').matchAll(/<[a-z][^<>]*>/g)].flatMap(([tag]) =>
      [...tag.matchAll(/\s([a-z-]+)=/gi)].map(([, name]) => name),
    ),
  )
  expect([...attributes].filter((name) => name === 'src' || name?.startsWith('on'))).toStrictEqual([])
  expect(page).not.toMatch(/url\(|@import|href="(?!data:,"|#run-\d+")/)
  expect(page).toContain("default-src 'none'")
  expect(page).not.toContain('\u202e')
})

test('the page tells the run, its course, its rows, its search indexes, and the runs before it', () => {
  for (const text of [
    'Run 42',
    'succeeded, search incomplete',
    '1 search index not up to date: ',
    'copy 2',
    'compare 1',
    'search 1',
    '1,200',
    'rejected',
    'Last runs',
    'failed',
    '123.5 MB',
  ])
    expect(page).toContain(text)
})

test('the verdict comes first: how the run ended, why, what it did, and the command to go on with', () => {
  const headline = page.slice(page.indexOf('<h2>'), page.indexOf('</h2>'))
  expect(headline).toContain('! Run 42 succeeded, search incomplete: 1,234 rows changed in 1 of 2 tables')
  expect(page).toContain('it ended 55 minutes before this page was written')
  expect(page).toContain('mbsync rollback')
  const refused = renderPage({ ...PAGE, run: { ...RUN, status: 'refused', exitCode: 3 } })
  expect(refused).toContain('✖ Run 42 refused')
  expect(refused).toContain('mbsync check')
})

test('a table has the same colour on every page, an index that of its own, and ticks are round', () => {
  const colors = colorsOf(['public.b', 'public.a', 'index a'])
  expect(colorsOf(['public.a']).get('public.a')).toBe(colors.get('public.a'))
  expect(new Set(colors.values()).size).toBe(3)
  expect(roundTicks(13 * 60_000).map(formatTick)).toEqual(['0', '5m', '10m'])
  expect(roundTicks(26_000).map(formatTick)).toEqual(['0', '5s', '10s', '15s', '20s', '25s'])
  expect(roundTicks(1)).toEqual([0, 1])
})

test('a target without runs has a page, too', () => {
  expect(renderPage({ ...PAGE, run: undefined, runs: [] })).toContain('No runs yet.')
})

test('what a run brought masked is a section, which a run without masks does not have', () => {
  expect(page).toContain('2 columns of 1 table masked')
  expect(renderPage({ ...PAGE, masked: [] })).not.toContain('Privacy')
})

test('the report for an auditor has the masks, what is accepted and why, what is neither, and the key, with all texts escaped', () => {
  const table = { schema: 'public', name: EVIL }
  const report: PrivacyReport = {
    profile: EVIL,
    source: 'production',
    isStrict: true,
    keyFingerprint: '0123456789abcdef',
    readAt: new Date('2026-01-02T04:00:00Z'),
    tables: 3,
    columns: 1234,
    masked: [{ table: `public.${EVIL}`, column: 'phone', mask: 'phone', options: 'locale: de' }],
    findings: [{ table, column: EVIL, type: 'text', kind: 'city', reasons: ['its name'], suggestion: null }],
    accepted: [{ table, column: 'title', reason: EVIL }],
  }
  const written = renderPrivacy(report)
  for (const text of [
    '✖ 1 column that looks personal would leave the source unmasked',
    '1,234',
    '0123456789abcdef',
    'refuse a run (strict)',
    'locale: de',
    'Accepted as they are',
    '2026',
    'mbsync 0.',
  ])
    expect(written).toContain(text)
  expect(written).not.toContain('<script')
  expect(written).not.toContain('\u202e')
  const clean = renderPrivacy({ ...report, findings: [], accepted: [], masked: [], isStrict: false })
  expect(clean).toContain('✔ No column that looks personal is left unmasked')
  expect(clean).toContain('No column has a mask')
  expect(clean).not.toContain('Accepted as they are')
})

test('a run that copied nothing, and one that died, have a page, too', () => {
  const empty = { phases: [], spans: [], samples: [{ at: 0, bytes: 0, documents: 0 }] }
  const quiet = renderPage({ ...PAGE, run: { ...RUN, timeline: empty, tables: [], exitCode: 0 } })
  expect(quiet).not.toContain('Throughput')
  expect(quiet).toContain('Timeline')
  const died = { ...RUN, state: 'died', exitCode: undefined, timeline: undefined } as const
  expect(renderPage({ ...PAGE, run: died })).toContain('succeeded, cut short after COMMIT')
})

describe.skipIf(CHROMIUM === undefined)(`in ${CHROMIUM ?? 'Chromium, which is not installed here'}`, () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mbsync-page-'))
    writeFileSync(join(folder, 'page.html'), page)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each([
    { width: 768, scheme: 'light', background: 'rgb(246, 245, 242)' },
    { width: 1200, scheme: 'light', background: 'rgb(246, 245, 242)' },
    { width: 390, scheme: 'dark', background: 'rgb(20, 21, 24)' },
  ] as const)(
    'at $width pixels in $scheme it fits, asks for nothing and has nothing to complain of',
    async ({ background, ...look }) => {
      const seen = await lookAt(join(folder, 'page.html'), look)
      expect(seen).toMatchObject({ background, isTooWide: false, requests: [], complaints: [] })
      expect(seen.title).toContain(EVIL.slice(0, 20))
      for (const text of ['Timeline', 'Throughput', 'Rows changed', 'Search', 'Last runs', EVIL.slice(0, 60)])
        expect(seen.text).toContain(text)
    },
    30_000,
  )
})
