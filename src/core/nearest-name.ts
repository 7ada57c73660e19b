import { closestMatch } from 'leven'

/** The name that another one is most like; undefined if none comes near. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  const sameLetters = candidates.find((candidate) => candidate.toLowerCase() === name.toLowerCase())
  // A third of the letters wrong is a slip; more is another word.
  return sameLetters ?? closestMatch(name, candidates, { maxDistance: Math.ceil(name.length / 3) })
}
