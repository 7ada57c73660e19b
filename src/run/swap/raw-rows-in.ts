import { countOf } from '../../core/count-of.ts'
import { RefusedError } from '../../core/errors.ts'
import { displayName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'
import type { StayingEars } from '../../transfer/staying/land-staying.ts'
import type { Warning } from '../run-result.ts'
import { readBrought } from '../take-raw-rows.ts'

/**
 * Keeps a swap from taking over rows that hold values from before the masks. In the new database, all rows are of one transaction, so nothing could find them
 * later. `warnings` receives what is not certain.
 */
export function rawRowsIn(old: Session, warnings: Warning[]): StayingEars['rawOf'] {
  return async (inspection, pair) => {
    const brought = (await readBrought(old, inspection, [pair])).get(pair.target.name)
    if (brought === undefined) return undefined
    const name = displayName(pair.target.name)
    return {
      ...brought,
      found: ({ certain, doubtful }) => {
        if (certain > 0)
          throw new RefusedError(
            `${name}: ${countOf(certain, 'row')} that the swap would keep are as a run has brought them before the masks, or before these changed`,
            {
              hint: 'The target is as it was. Run once with `--strategy merge --purge`, which masks these rows or deletes them, or delete them yourself.',
            },
          )
        if (doubtful === 0) return
        warnings.push({
          message: `${name}: the swap has kept ${countOf(doubtful, 'row')} which may hold values from before the masks`,
          hint: 'mbsync does not know whether a run has brought them, or staging has made them. Look at them, and delete what came from production.',
        })
      },
    }
  }
}
