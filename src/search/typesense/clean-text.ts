const LONGEST = 500

/**
 * What a server said, on one line and cut, without the API key and without what stands in quotes, which may be a value of a document.
 * Backticks stay: Typesense writes the names of fields and collections in them.
 */
export function cleanText(text: string, apiKey: string): string {
  const line = text.replace(/[\s\p{Control}]+/gu, ' ').trim()
  const withoutKey = apiKey === '' ? line : line.replaceAll(apiKey, '…')
  return withoutKey
    .replace(/^(Bad JSON\b).*/, '$1')
    .replace(/"[^"]*("|$)/g, '"…"')
    .replace(/(?<!\w)'[^']*('|$)/g, "'…'")
    .slice(0, LONGEST)
}

/** What a server said of a document, without the document's values: only its id and the names of its properties may stay. */
export function cleanDocumentText(text: string, json: string, apiKey: string): string {
  let clean = text
  for (const value of valuesOf(json)) clean = clean.replaceAll(value, '…')
  return cleanText(clean, apiKey)
}

/** Short values are left: they would tear words apart, and tell nothing. */
const SHORTEST = 4

/** The longest first, as one may be a part of another. */
function valuesOf(json: string): string[] {
  const names = new Set<string>()
  const values = new Set(numbersOf(json))
  const collect = (value: unknown, name: string) => {
    names.add(name)
    if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) collect(item, key)
    } else if (typeof value === 'string') values.add(value)
  }
  try {
    const { id: _, ...rest } = JSON.parse(json)
    collect(rest, '')
  } catch {
    return []
  }
  return [...values]
    .filter((value) => value.length >= SHORTEST && !names.has(value))
    .sort((left, right) => right.length - left.length)
}

/** From the text: a number beyond 2^53 is another one once it is parsed. */
function numbersOf(json: string): string[] {
  return Array.from(json.matchAll(/[:,[\s](-?\d[\d.eE+-]*)(?=[\s,\]}])/g), ([, number = '']) => number)
}
