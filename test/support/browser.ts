import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

/** The Chromium that is installed here, if one is. */
export const CHROMIUM = NAMES.find((name) => spawnSync(name, ['--version']).status === 0)

/** How a page is looked at. */
export interface Look {
  readonly width: number
  readonly scheme: 'light' | 'dark'
}

/** What a browser made of a page. */
export interface SeenPage {
  readonly text: string
  readonly title: string
  /** Of the body, as `rgb(…)`. */
  readonly background: string
  /** Whether the page as a whole can be scrolled sideways. */
  readonly isTooWide: boolean
  /** URLs that were asked for beside the page itself. */
  readonly requests: readonly string[]
  /** What the console was told. */
  readonly complaints: readonly string[]
  /** PNG, base64. */
  readonly screenshot: string
  /** What the expression came to that was asked for. */
  readonly answer: string
}

/** Opens a file in headless Chromium and tells what it shows, and what an expression comes to there. */
export async function lookAt(path: string, { width, scheme }: Look, asked = "''"): Promise<SeenPage> {
  const browser = startBrowser()
  try {
    const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true })
    const send = (method: string, params: object = {}) => browser.send(method, params, String(sessionId))
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`)
    const metrics = { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 }
    await send('Emulation.setDeviceMetricsOverride', metrics)
    await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] })
    const loaded = browser.once('Page.loadEventFired')
    const url = `file://${path}`
    await send('Page.navigate', { url })
    await loaded
    const evaluate = async (expression: string) => {
      const { result } = await send('Runtime.evaluate', { expression, returnByValue: true })
      return (result as { value: string }).value
    }
    const [title, text, background, tooWide] = JSON.parse(
      await evaluate(`JSON.stringify([document.title, document.body.innerText, getComputedStyle(document.body).backgroundColor,
        document.documentElement.scrollWidth > document.documentElement.clientWidth])`),
    )
    const answer = await evaluate(asked)
    const { data } = await send('Page.captureScreenshot', { captureBeyondViewport: true })
    return {
      title,
      text,
      background,
      isTooWide: tooWide,
      answer,
      screenshot: String(data),
      requests: browser.requests.filter((request) => request !== url && !request.startsWith('data:')),
      complaints: browser.complaints,
    }
  } finally {
    await browser.close()
  }
}

type Answer = Readonly<Record<string, unknown>>

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: Answer
  readonly result?: Answer
  readonly error?: { readonly message: string }
}

/** Speaks the DevTools protocol over pipes: JSON texts with a zero byte after each. */
function startBrowser() {
  const profile = mkdtempSync(join(tmpdir(), 'mbsync-chromium-'))
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
  ]
  const child: ChildProcess = spawn(CHROMIUM ?? '', flags, {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  const [into, from] = [child.stdio[3] as Writable, child.stdio[4] as Readable]
  const waiting = new Map<number | string, (message: Message) => void>()
  const requests: string[] = []
  const complaints: string[] = []
  let last = 0
  let rest = ''
  from.setEncoding('utf8').on('data', (chunk: string) => {
    const texts = (rest + chunk).split('\0')
    rest = texts.pop() ?? ''
    for (const text of texts) receive(JSON.parse(text))
  })
  const receive = (message: Message) => {
    const { id, method, params } = message
    if (method === 'Network.requestWillBeSent')
      requests.push(String((params?.request as Answer | undefined)?.url))
    if (
      method === 'Log.entryAdded' ||
      method === 'Runtime.consoleAPICalled' ||
      method === 'Runtime.exceptionThrown'
    )
      complaints.push(JSON.stringify(params))
    waiting.get(id ?? method ?? '')?.(message)
  }
  const send = async (method: string, params: object, sessionId?: string): Promise<Answer> => {
    last += 1
    const id = last
    const answer = new Promise<Message>((resolve) => waiting.set(id, resolve))
    into.write(
      `${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`,
    )
    const { result, error } = await answer
    if (error !== undefined) throw new Error(`${method}: ${error.message}`)
    return result ?? {}
  }
  return {
    requests,
    complaints,
    send,
    once: (method: string) => new Promise<Message>((resolve) => waiting.set(method, resolve)),
    close: async () => {
      const ended = new Promise((resolve) => child.once('close', resolve))
      child.kill()
      await ended
      await remove(profile)
    },
  }
}

/** Its other processes may write to the folder for a while. */
async function remove(folder: string): Promise<void> {
  for (let attempt = 1; existsSync(folder); attempt += 1) {
    try {
      rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      if (attempt === 100) throw error
      await sleep(100)
    }
  }
}
