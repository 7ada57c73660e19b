import type { Mask } from './mask.ts'

/** Which options each mask depends on, beside `where`. */
const OPTIONS: Partial<Record<Mask['kind'], readonly (keyof Mask)[]>> = {
  constant: ['value'],
  email: ['domain'],
  name: ['locale'],
  'first-name': ['locale'],
  'last-name': ['locale'],
  company: ['locale'],
  street: ['locale'],
  city: ['locale'],
  phone: ['locale'],
  url: ['domain'],
  'date-shift': ['days', 'by'],
  'date-truncate': ['unit'],
  noise: ['percent', 'by'],
  'redact-json': ['paths', 'value'],
  file: ['value'],
  sql: ['expression'],
}

/** The options of a mask that decide what it writes, such as `locale: de`; undefined if it has none. */
export function describeMaskOptions(mask: Mask): string | undefined {
  const options = [...(OPTIONS[mask.kind] ?? []), 'where' as const].flatMap((name) => {
    const value = mask[name]
    if (value === undefined) return []
    if (name === 'expression') return [String(value)]
    return [`${name}: ${typeof value === 'object' ? value.join(', ') : value}`]
  })
  return options.length === 0 ? undefined : options.join('; ')
}
