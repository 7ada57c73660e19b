/** What a message of PostgreSQL's protocol begins with: a letter, and the number of bytes that follow, with its own four. */
export function messageHeader(letter: string, contentBytes: number): Buffer {
  const header = Buffer.alloc(5, letter, 'latin1')
  header.writeInt32BE(contentBytes + 4, 1)
  return header
}
