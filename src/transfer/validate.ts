import type { Finding } from '../core/finding.ts'
import type { Inspection } from './inspection.ts'

/** Judges an inspection. */
export function validate(_inspection: Inspection, _options: { readonly allowBlocking: boolean }): Finding[] {
  return []
}
