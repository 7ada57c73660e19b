import { setFlagsFromString } from 'node:v8'
import type { ProgressEvent } from '../progress/progress.ts'

const MUCH_DATA_BYTES = 64 * 1024 * 1024
const MANY_DOCUMENTS = 10_000

/**
 * Once there is much to move, has V8 collect garbage sooner, which takes processor time and halves the memory: what takes long then is the
 * servers, not this process. Runs with little to do are over before that matters.
 */
export function keepHeapSmall(event: ProgressEvent): void {
  const isMuch =
    (event.type === 'copy-planned' && event.estimatedBytes >= MUCH_DATA_BYTES) ||
    (event.type === 'documents-planned' && event.changed >= MANY_DOCUMENTS)
  if (isMuch) setFlagsFromString('--optimize-for-size')
}
