/** A word as sh reads it whole: in single quotes, unless it is plain. */
export function shellWord(word: string): string {
  return /^[\w./+:@,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
