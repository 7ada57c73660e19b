/** The most characters of an id in a URL, whose length servers and proxies bound; PostgreSQL bounds the bytes of a key that is indexed. */
export const LONGEST_ID = 2500

/** A character takes up to nine there. */
const SURELY_SHORT = LONGEST_ID / 9

/** Why no document can be known by an id: one that could not be written down, or deleted again, must not be sent. */
export function findIdProblem(id: string): string | undefined {
  if (/\p{Surrogate}/u.test(id) || id.includes('\0')) return 'The id has characters that PostgreSQL does not.'
  if (id.length <= SURELY_SHORT) return undefined
  const length = encodeURIComponent(id).length
  if (length <= LONGEST_ID) return undefined
  return `The id takes ${length} characters in a URL, and ${LONGEST_ID} is the limit: the document could not be deleted again.`
}
