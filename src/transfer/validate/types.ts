import type { Finding } from '../../core/finding.ts'
import type { TypeDefinition } from '../../postgres/catalog/read-types.ts'
import type { Inspection } from '../inspection.ts'
import { errorFinding, noteFinding } from './finding.ts'

/** A user-defined type must hold the same values on both sides. */
export function validateTypes({ source, target }: Inspection): Finding[] {
  return [...source.types.values()].flatMap((type) => {
    const twin = target.types.get(type.name)
    return twin === undefined ? [] : compare(type, twin)
  })
}

function compare(source: TypeDefinition, target: TypeDefinition): Finding[] {
  const subject = `type ${source.name}`
  if (source.kind !== target.kind) {
    return [
      errorFinding(
        subject,
        `is of kind ${source.kind} in the source and ${target.kind} in the target`,
        'Migrate the target.',
      ),
    ]
  }
  const isSame = source.parts.join('\n') === target.parts.join('\n')
  if (isSame) return []
  if (source.kind === 'enum') return compareLabels(subject, source, target)
  return [
    errorFinding(
      subject,
      `is (${source.parts.join(', ')}) in the source and (${target.parts.join(', ')}) in the target`,
      'Migrate the target.',
    ),
  ]
}

function compareLabels(subject: string, source: TypeDefinition, target: TypeDefinition): Finding[] {
  const missing = source.parts.filter((label) => !target.parts.includes(label))
  if (missing.length === 0)
    return [noteFinding(subject, 'has further labels, or another order of them, in the target')]
  const first = missing[0]?.replaceAll("'", "''")
  return [
    errorFinding(
      subject,
      `lacks ${missing.map((label) => `'${label}'`).join(', ')} in the target`,
      `Migrate the target: ALTER TYPE ${source.name} ADD VALUE '${first}'`,
    ),
  ]
}
