import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PAGE_SCRIPT, SCRIPT_SOURCE } from '../../../../src/cli/html/render-document.ts'
import { renderPage } from '../../../../src/cli/html/render-page.ts'
import { renderPrivacy } from '../../../../src/cli/html/render-privacy.ts'
import { colorsOf, formatTick, roundTicks } from '../../../../src/cli/html/render-timeline.ts'
import type { PrivacyReport } from '../../../../src/jobs/privacy.ts'
import { CHROMIUM, lookAt } from '../../../support/browser.ts'
import { EVIL, PAGE, RUN } from './a-page.ts'

const page = renderPage(PAGE)
/** Without the script, whose text is none of HTML. */
const markup = page.replace(PAGE_SCRIPT, '')
/** Elements of HTML that have no end. */
const VOID = ['meta', 'link', 'br']

test('every element that begins ends, in the right order', () => {
  const open: string[] = []
  for (const [, slash, name = '', self] of markup.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (slash === '/') expect(open.pop()).toBe(name)
    else if (self !== '/' && !VOID.includes(name)) open.push(name)
  }
  expect(open).toStrictEqual([])
})

test('no text becomes an element or an attribute, and nothing is fetched', () => {
  const elements = new Set([...markup.matchAll(/<([a-z!][a-z0-9]*)/g)].map(([, name]) => name))
  expect(page.match(/<script/g)).toHaveLength(1)
  expect(page).toContain(`<script>${PAGE_SCRIPT}</script>`)
  expect(page).toContain(`script-src ${SCRIPT_SOURCE};`)
  for (const name of ['img', 'iframe', 'object', 'style>@import']) expect(elements).not.toContain(name)
  const attributes = new Set(
    [...markup.replaceAll(/"[^"]*"/g, '').matchAll(/<[a-z][^<>]*>/g)].flatMap(([tag]) =>
      [...tag.matchAll(/\s([a-z-]+)=/gi)].map(([, name]) => name),
    ),
  )
  expect([...attributes].filter((name) => name === 'src' || name?.startsWith('on'))).toStrictEqual([])
  expect(markup).not.toMatch(/url\(|@import|href="(?!data:,"|#run-\d+")/)
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
  const note = {
    severity: 'note',
    subject: 'public.t',
    message: 'is left alone, unless `include` names it',
  } as const
  const noted = renderPage({ ...PAGE, run: { ...RUN, findings: [note] } })
  expect(noted, 'a note is no failure').toContain('<div class="note"><p><strong>public.t</strong>')
  expect(noted).toContain('unless <code>include</code> names it')
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
  // That of the page itself, whose hash its policy names.
  expect(written.match(/<script/g)).toHaveLength(1)
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
    120_000,
  )

  test('heads of tables sort their rows, arrow keys go along the timeline, and all text is legible', async () => {
    const seen = await lookAt(join(folder, 'page.html'), { width: 1200, scheme: 'light' }, SORT_AND_MOVE)
    expect(JSON.parse(seen.answer)).toEqual({
      before: [null, '42'],
      after: ['ascending', '40'],
      again: ['descending', '42'],
      moved: true,
    })
    for (const scheme of ['light', 'dark'] as const) {
      const { answer } = await lookAt(join(folder, 'page.html'), { width: 390, scheme }, TOO_FAINT)
      expect(JSON.parse(answer), scheme).toEqual([])
    }
  })
})

/** Clicks the head of the first column of the last table twice, and goes one bar to the right. */
const SORT_AND_MOVE = `(() => {
  const table = [...document.querySelectorAll('table')].at(-1)
  const [head] = table.tHead.rows[0].cells
  const look = () => [head.getAttribute('aria-sort'), table.tBodies[0].rows[0].cells[0].textContent]
  const click = () => { head.querySelector('button').click(); return look() }
  const before = look(), after = click(), again = click()
  const bars = [...document.querySelectorAll('.lane .bar')]
  bars[0].focus()
  bars[0].dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true }))
  return JSON.stringify({ before, after, again, moved: document.activeElement === bars[1] })
})()`

/** Texts whose contrast with what is behind them is less than 4.5 (3 where they are large). */
const TOO_FAINT = `(() => {
  const rgba = (color) => { const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number); return { r, g, b, a } }
  const light = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    return 0.2126 * x + 0.7152 * y + 0.0722 * z
  }
  const behind = (element) => {
    for (let each = element; each !== null; each = each.parentElement) {
      const color = rgba(getComputedStyle(each).backgroundColor)
      if (color.a === 1) return color
    }
    return { r: 255, g: 255, b: 255 }
  }
  const faint = []
  for (const element of document.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '')
    // The mark of a run stands above its bar.
    if (!own || element.tagName === 'SCRIPT' || element.matches('.history b')) continue
    const style = getComputedStyle(element)
    const [a, b] = [light(rgba(style.color)), light(behind(element))]
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (contrast < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) faint.push(element.tagName + '.' + element.className + ' ' + contrast.toFixed(2))
  }
  return JSON.stringify([...new Set(faint)])
})()`
