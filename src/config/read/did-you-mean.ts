import { nearestName } from '../../core/nearest-name.ts'
import { displayKey } from './problem.ts'

/** A suggestion to append to a message: `; did you mean` the nearest name, or nothing if no name comes near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, [...candidates])
  return nearest === undefined ? '' : `; did you mean \`${displayKey(nearest)}\`?`
}
