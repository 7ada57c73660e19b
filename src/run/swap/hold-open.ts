import { FailedError } from '../../core/errors.ts'
import type { Selection } from '../../transfer/inspect/inspection.ts'
import type { LiveSource } from '../../transfer/source/live-source.ts'
import type { Origin } from '../origin.ts'

/** An opened origin, and the selection that it was opened for. */
export interface HeldSource {
  readonly source: LiveSource
  readonly selection: Selection
}

/**
 * Gives `work` an origin that stays open after use, with its snapshot, until `work` has ended. `held` returns the source as it was last
 * opened.
 * @throws FailedError if tables of the source were renamed or redefined meanwhile
 */
export async function holdOpen<T>(
  origin: Origin,
  openLive: NonNullable<Origin['openLive']>,
  work: (kept: Origin, held: () => HeldSource) => Promise<T>,
): Promise<T> {
  let last: (HeldSource & { readonly letGo: () => Promise<void> }) | undefined
  const letGo = async () => {
    const now = last
    last = undefined
    await now?.letGo()
  }
  const open: Origin['open'] = async (selection, readers, use) => {
    await letGo()
    return new Promise((resolve, reject) => {
      let isUsed = false
      const whole = openLive(selection, readers, async (source) => {
        // What was read before is no longer what exists now.
        if (isUsed)
          throw new FailedError('Tables of the source changed while they were read', { hint: AGAIN })
        isUsed = true
        const result = await use(source)
        await new Promise<void>((release) => {
          const letGoOf = async () => {
            release()
            await whole
          }
          last = { source, selection, letGo: letGoOf }
          resolve(result)
        })
      })
      whole.catch(reject)
    })
  }
  try {
    const result = await work({ ...origin, open }, () => {
      if (last === undefined) throw new Error('The source was not opened')
      return last
    })
    await letGo()
    return result
  } catch (error) {
    await letGo().catch(() => undefined)
    throw error
  }
}

const AGAIN = 'The target is as it was. Run again when no migration is under way in the source.'
