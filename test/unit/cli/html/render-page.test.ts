import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderPage } from '../../../../src/cli/html/render-page.ts'
import { CHROMIUM, lookAt } from '../../../support/browser.ts'
import { EVIL, PAGE, RUN } from './a-page.ts'

const page = renderPage(PAGE)
/** Elements of HTML that have no end. */
const VOID = ['meta', 'link']

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
  expect(page).not.toMatch(/url\(|@import|href="(?!data:,")/)
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

test('a target without runs has a page, too', () => {
  expect(renderPage({ ...PAGE, run: undefined, runs: [] })).toContain('No runs yet.')
})

test('a run that copied nothing, and one that died, have a page, too', () => {
  const empty = { phases: [], spans: [], samples: [{ at: 0, bytes: 0, documents: 0 }] }
  expect(renderPage({ ...PAGE, run: { ...RUN, timeline: empty, tables: [] } })).toContain(
    'Nothing was copied or sent.',
  )
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
    { width: 1200, scheme: 'light', background: 'rgb(251, 251, 250)' },
    { width: 390, scheme: 'dark', background: 'rgb(22, 23, 26)' },
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
