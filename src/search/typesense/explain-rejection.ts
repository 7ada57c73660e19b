/** What a server said of a document, with the reason that it does not name: what JSON makes of some values of PostgreSQL. */
export function explainRejection(text: string, json: string): string {
  const [, field] = /^Field `([^`]+)`/.exec(text) ?? []
  if (field === undefined) return text
  const reason = reasonOf(valuesAt(parsed(json), field.split('.')), text, field)
  return reason === undefined ? text : `${text} ${reason}`
}

function reasonOf(values: readonly unknown[], text: string, field: string): string | undefined {
  const name = field.split('.').at(-1)
  if (values.some((value) => Array.isArray(value) && value.flat().includes(null))) {
    return /2 element array/.test(text)
      ? 'Its array has a null in it: select NULL instead of the array where a coordinate is missing.'
      : `Its array has a null in it: select array_remove(${name}, NULL), or add FILTER (WHERE … IS NOT NULL) to array_agg().`
  }
  const scalars = values.flat()
  // As to_json() writes them: JSON has no such numbers.
  if (/\bmust be an? (array of )?(float|int32|int64)\b/.test(text) && scalars.some(isNotFinite))
    return `It is NaN or infinite, which is no number in JSON: select NULL instead, as with nullif(${name}, 'NaN').`
  return undefined
}

function isNotFinite(value: unknown): boolean {
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity'
}

/** The values at a path, which may lead through arrays of objects. */
function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  const [name, ...rest] = path
  if (name === undefined) return [value]
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path))
  if (typeof value !== 'object' || value === null) return []
  const whole = path.join('.')
  if (Object.hasOwn(value, whole)) return [Reflect.get(value, whole)]
  return Object.hasOwn(value, name) ? valuesAt(Reflect.get(value, name), rest) : []
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
