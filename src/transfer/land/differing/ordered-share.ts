/**
 * The share of rows that are met one after the other when the other side is read in its order: of the longest list of them whose places there ascend.
 * @param places of rows in the order of one side, their places on the other side; null for those that it lacks
 */
export function orderedShare(places: readonly (number | null)[]): number {
  /** For each length, the least place at which an ascending list of that length ends. */
  const ends: number[] = []
  for (const place of places) {
    if (place === null) continue
    const at = ends.findIndex((end) => end >= place)
    if (at === -1) ends.push(place)
    else ends[at] = place
  }
  return places.length === 0 ? 0 : ends.length / places.length
}
