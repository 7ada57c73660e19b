import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Phase } from '../progress/phases.ts'
import type { ProgressEvent } from '../progress/progress.ts'

const MB = 1024 * 1024
const MUCH_DATA_BYTES = 64 * MB

/**
 * By how much, in percent, the heap may grow until V8 looks for garbage in all of it: of many tables, catalogs are more than all else. Where rows or documents
 * go through it, 0 leaves that to V8, which would let it grow fourfold.
 */
const GROWTH = { catalogs: 20, rows: 0 }

/**
 * What is kept for chunks, which lie outside of the heap but count as its growth, and after how many bytes those are collected that have been passed on. With
 * less room, V8 would look at all of the heap ten times a second. Collected less often, memory grows; more often, chunks that are still on their way count as old,
 * which only a large collection removes. Between servers, most chunks are buffers that are read into again; what is compressed and unpacked is not.
 */
const CHUNKS = {
  ofServers: { roomBytes: 12 * MB, collectEveryBytes: 16 * MB },
  ofDumps: { roomBytes: 24 * MB, collectEveryBytes: 8 * MB },
}
const PHASES_OF_DUMPS: ReadonlySet<Phase> = new Set(['verify', 'backup', 'export'])

/**
 * Until V8 has looked for garbage in all of the heap once, it does not know how much of it lives, and lets it grow to twice that and more. It is made to look as
 * soon as the heap is that large, which it is only where there are thousands of tables.
 */
const FIRST_LOOK_BYTES = 28 * MB
const ASK_EVERY_MS = 20

/**
 * V8's nursery, both halves. `bin/mbsync.js` has it stay as it begins, at half of that, where many tables would take a fifth more processor time. With twice
 * as much, they take hardly less time, and 8 MB more.
 */
const NURSERY_BYTES = 4 * MB
const MOST_TIMES = 4

/** Collects young garbage alone, which takes about a millisecond, or all. */
type Collect = (options?: { readonly type: 'minor' }) => void

let collect: Collect | undefined
let chunks = CHUNKS.ofServers
let movesMuch = false
let movedBytes = 0
let watch: NodeJS.Timeout | undefined

/**
 * Once there is much to move, has V8 collect garbage sooner: what takes long then is the servers, not this process. Of many tables, that saves a seventh of the
 * memory. Chunks that have been passed on lie outside of its heap, where it sees no reason to collect what is young, and goes through all of the heap instead,
 * again and again: they are collected by themselves. Runs with little to do are over before that matters. Documents are texts that live for one request: for
 * them, it would take as much processor time as all else, and save a fifth of the memory.
 */
export function keepHeapSmall(event: ProgressEvent): void {
  if (event.type === 'phase') {
    if (watch === undefined) growNursery()
    watch ??= setInterval(lookOnce, ASK_EVERY_MS).unref()
    const isOfRows = event.phase === 'compare' || event.phase === 'search'
    growBy(isOfRows ? GROWTH.rows : GROWTH.catalogs)
    if (PHASES_OF_DUMPS.has(event.phase)) chunks = CHUNKS.ofDumps
  }
  if (event.type === 'copy-planned' && event.estimatedBytes >= MUCH_DATA_BYTES) {
    setFlagsFromString('--optimize-for-size')
    growBy(Math.max(GROWTH.catalogs, (chunks.roomBytes / process.memoryUsage().heapUsed) * 100))
    movesMuch = true
  }
  if (event.type !== 'bytes' || !movesMuch) return
  movedBytes += event.bytes
  if (movedBytes < chunks.collectEveryBytes) return
  movedBytes = 0
  collectGarbage({ type: 'minor' })
}

function lookOnce(): void {
  if (getHeapStatistics().used_heap_size < FIRST_LOOK_BYTES) return
  clearInterval(watch)
  collectGarbage()
}

/** Of what was loaded, much has survived: so V8 doubles the nursery as it collects, and never again. */
function growNursery(): void {
  setFlagsFromString('--semi-space-growth-factor=2')
  for (let times = 0; times < MOST_TIMES && nurseryBytes() < NURSERY_BYTES; times++)
    collectGarbage({ type: 'minor' })
  setFlagsFromString('--semi-space-growth-factor=1')
}

function nurseryBytes(): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.space_size ?? 0
}

function growBy(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${Math.round(percent)}`)
}

const collectGarbage: Collect = (options) => {
  collect ??= exposeCollect()
  collect(options)
}

function exposeCollect(): Collect {
  setFlagsFromString('--expose-gc')
  const exposed: unknown = runInNewContext('globalThis.gc')
  return typeof exposed === 'function' ? (exposed as Collect) : () => undefined
}
