import { closestMatch } from 'leven'
import { displayKey } from './problem.ts'

/** A suggestion to append to a message: `; did you mean` the nearest name, or nothing if no name comes near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, [...candidates])
  return nearest === undefined ? '' : `; did you mean \`${displayKey(nearest)}\`?`
}

/** The name that another one is most like; undefined if none comes near. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  const sameLetters = candidates.find((candidate) => candidate.toLowerCase() === name.toLowerCase())
  // A third of the letters wrong is a slip; more is another word.
  return sameLetters ?? closestMatch(name, candidates, { maxDistance: Math.ceil(name.length / 3) })
}
