/** A name in the text of a function, as PostgreSQL reads it. */
export interface NameInText {
  readonly schema: string | undefined
  readonly name: string
}

/** The relations after FROM and JOIN in the text of a function. Not all of them need to be relations. */
export function findFromItems(source: string): NameInText[] {
  return [...withoutComments(source).matchAll(FROM)].flatMap(({ groups: { items = '' } = {} }) =>
    items.split(',').flatMap(nameAtStart),
  )
}

/** The relations that the text of a function inserts into, updates or deletes from. */
export function findWritten(source: string): NameInText[] {
  return withoutComments(source).split(WRITES).slice(1).flatMap(nameAtStart)
}

function nameAtStart(text: string): NameInText[] {
  const { first, second } = ITEM.exec(text)?.groups ?? {}
  if (first === undefined) return []
  return second === undefined
    ? [{ schema: undefined, name: folded(first) }]
    : [{ schema: folded(first), name: folded(second) }]
}

/** The names before an opening parenthesis in the text of a function, without their schemas. */
export function findCalls(source: string): string[] {
  return [...withoutComments(source).matchAll(CALL)].flatMap(({ groups: { name } = {} }) =>
    name === undefined ? [] : folded(name),
  )
}

const NAME = String.raw`"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*`
const FROM =
  /(?<!\bdistinct\s+)\b(?:from|join)\b(?<items>[^;()]*?)(?=\b(?:where|from|join|left|right|inner|full|cross|on|using|order|group|limit|union|returning|for|loop|then|into)\b|[;()]|$)/gisu
const WRITES = /\b(?:insert\s+into|update|delete\s+from|merge\s+into)\b/iu
const ITEM = new RegExp(`^\\s*(?:only\\s+)?(?<first>${NAME})(?:\\s*\\.\\s*(?<second>${NAME}))?`, 'iu')
const CALL = new RegExp(`(?<name>${NAME})\\s*\\(`, 'gu')

function withoutComments(source: string): string {
  return source.replace(/--[^\n]*|\/\*.*?\*\//gs, ' ')
}

function folded(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase()
}
