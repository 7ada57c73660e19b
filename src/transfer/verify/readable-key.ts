/** A character beyond ASCII in UTF-8, each of its bytes as Latin-1 shows it, or a byte that belongs to none. */
const BEYOND_ASCII =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g

/**
 * The text of a key from its bytes, which are written in hexadecimal. A byte that is not part of a character in UTF-8 becomes an escape such
 * as `\xe4`; PostgreSQL doubles the backslashes that are in a key itself.
 */
export function readableKey(hex: string): string {
  const text = Buffer.from(hex, 'hex').toString('latin1')
  return text.replace(BEYOND_ASCII, (bytes) =>
    bytes.length === 1
      ? `\\x${bytes.charCodeAt(0).toString(16)}`
      : Buffer.from(bytes, 'latin1').toString('utf8'),
  )
}
