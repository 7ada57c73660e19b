/** The values at a path, which may lead through arrays of objects. */
export function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  const [name, ...rest] = path
  if (name === undefined) return [value]
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path))
  if (typeof value !== 'object' || value === null) return []
  const whole = path.join('.')
  if (Object.hasOwn(value, whole)) return [Reflect.get(value, whole)]
  return Object.hasOwn(value, name) ? valuesAt(Reflect.get(value, name), rest) : []
}

/** The name of the first field whose value meets a test, with dots between the names of objects; undefined if none does. */
export function findField(
  value: unknown,
  test: (value: unknown) => boolean,
  name: string | undefined = undefined,
): string | undefined {
  if (test(value)) return name ?? ''
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, item] of Object.entries(value)) {
    const path = Array.isArray(value) ? name : name === undefined ? key : `${name}.${key}`
    const found = findField(item, test, path)
    if (found !== undefined) return found
  }
  return undefined
}

/** What a JSON text says; undefined if it is none. */
export function parsedJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
