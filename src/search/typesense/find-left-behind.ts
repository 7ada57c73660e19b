import type { Finding } from '../../core/finding.ts'
import type { ControlPlane } from './control-plane.ts'
import { TypesenseFailure } from './failure.ts'

/** What may name collections, beside searches: how it is called, and where it is listed. */
const LISTS = [
  ['preset', '/presets'],
  ['analytics rule', '/analytics/rules'],
] as const

/**
 * Finds presets and analytics rules that name a collection behind an alias: they stay with it when searches are led to a new one. `name` is
 * what searches use. What a key may not list is not looked at.
 */
export async function findLeftBehind(control: ControlPlane, name: string, live: string): Promise<Finding[]> {
  if (name === live) return []
  const quoted = (text: string) => text.replaceAll(/[^\w]/g, '\\$&')
  const behind = new RegExp(`(?<![\\w-])(?:${quoted(live)}|${quoted(name)}_\\d{17})(?![\\w-])`)
  const findings: Finding[] = []
  for (const [kind, path] of LISTS) {
    for (const item of await listItems(control, path)) {
      const [found] = behind.exec(JSON.stringify({ ...item, name: undefined })) ?? []
      if (found === undefined) continue
      findings.push({
        severity: 'note',
        subject: name,
        message: `The ${kind} ${String(item.name)} names the collection ${found}: it stays with the old one when the alias is switched`,
        hint: `Change it to ${name}.`,
      })
    }
  }
  return findings
}

/** An array, or an object that has one; by version. */
async function listItems({ transport }: ControlPlane, path: string): Promise<{ readonly name?: unknown }[]> {
  try {
    const list: unknown = JSON.parse(
      await transport.repeat(() => transport.send({ method: 'GET', path }), ATTEMPTS),
    )
    const items: unknown[] = Array.isArray(list) ? list : Object.values(Object(list)).flat()
    return items.filter((item) => typeof item === 'object' && item !== null)
  } catch (error) {
    if (error instanceof TypesenseFailure || error instanceof SyntaxError) return []
    throw error
  }
}

const ATTEMPTS = 3
