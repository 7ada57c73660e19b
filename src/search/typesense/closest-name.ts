import leven from 'leven'

const FARTHEST = 3

/** The name that another one is most like, if it is like one at all. */
export function closestName(name: string, names: readonly string[]): string | undefined {
  const ranked = names.map((each) => ({ each, distance: leven(name.toLowerCase(), each.toLowerCase()) }))
  const [closest] = ranked.sort((a, b) => a.distance - b.distance)
  const most = Math.min(FARTHEST, Math.ceil(name.length / 3))
  return closest !== undefined && closest.distance <= most ? closest.each : undefined
}
