import type { Finding } from '../../core/finding.ts'
import { widenType } from '../../core/widen-type.ts'
import type { ExtensionNames } from '../../postgres/catalog/read-extension-names.ts'
import type { TypeDefinition } from '../../postgres/catalog/read-types.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { errorFinding, noteFinding } from './finding.ts'
import { portableSql } from './portable-sql.ts'

/** A user-defined type of the target must be able to hold every value that it has in the source. */
export function validateTypes({ source, target, targetName }: Inspection): Finding[] {
  const twins = new Map(
    [...target.types.values()].map((type) => {
      const twin = portable(type, target.extensionNames)
      return [twin.name, { twin, shown: type }]
    }),
  )
  return [...source.types.values()].flatMap((type) => {
    const own = portable(type, source.extensionNames)
    const found = twins.get(own.name)
    return found === undefined
      ? []
      : compare({ own, shown: type }, { own: found.twin, shown: found.shown }, targetName)
  })
}

/** A type by names that the other side has, too, and as it is shown. */
interface Side {
  readonly own: TypeDefinition
  readonly shown: TypeDefinition
}

function portable(type: TypeDefinition, names: ExtensionNames): TypeDefinition {
  const parts = type.kind === 'enum' ? type.parts : type.parts.map((part) => portableSql(part, names))
  return { ...type, name: portableSql(type.name, names), parts }
}

function compare(source: Side, target: Side, to: string): Finding[] {
  const subject = `type ${source.shown.name}`
  const hint = `Run the pending migrations on ${to}. If ${to} is ahead, deploy its migration to the source, or leave out the columns of this type with \`columns\` in the profile: ${to} then keeps its own values.`
  const [from, into] = [source.own, target.own]
  if (from.kind !== into.kind) {
    return [
      errorFinding(subject, `is of kind ${from.kind} in the source and ${into.kind} in the target`, hint),
    ]
  }
  const isSame = from.parts.join('\n') === into.parts.join('\n')
  if (isSame) return []
  if (from.kind === 'enum') return compareLabels(subject, source.shown, target.shown, to)
  const [there, here] = [source, target].map(({ shown }) => shown.parts.join(', '))
  return [
    isWider(from, into)
      ? noteFinding(
          subject,
          `is (${there}) in the source and (${here}) in the target, which takes every value`,
        )
      : errorFinding(subject, `is (${there}) in the source and (${here}) in the target`, hint),
  ]
}

/** Within other values nothing is cast, so each part must have the same text as in the source. */
function isWider(source: TypeDefinition, target: TypeDefinition): boolean {
  if (source.kind !== 'domain' && source.kind !== 'composite') return false
  return (
    source.parts.length === target.parts.length &&
    source.parts.every((part, index) => {
      const [from, to] = [splitPart(source, part), splitPart(target, target.parts[index] ?? '')]
      return from.name === to.name && (from.type === to.type || widenType(from.type, to.type) === 'same text')
    })
  )
}

/** An attribute of a composite type has its name before its type. */
function splitPart({ kind }: TypeDefinition, part: string): { readonly name: string; readonly type: string } {
  const [, name = '', type = part] = (kind === 'composite' && /^("(?:[^"]|"")+"|\S+) (.*)$/s.exec(part)) || []
  return { name, type }
}

function compareLabels(
  subject: string,
  source: TypeDefinition,
  target: TypeDefinition,
  to: string,
): Finding[] {
  const missing = source.parts.filter((label) => !target.parts.includes(label))
  if (missing.length === 0)
    return [noteFinding(subject, 'has more labels, or another order of labels, in the target')]
  const renamed = renamedLabels(source.parts, target.parts)
  const lacking = missing.map(shown).join(', ')
  const alter = `ALTER TYPE ${source.name}`
  const added = missing
    .filter((label) => !renamed.has(label))
    .map((label) => `${alter} ADD VALUE ${quoted(label)}${placeOf(label, source.parts, target.parts)}`)
  if (renamed.size === 0) {
    return [
      errorFinding(
        subject,
        `lacks ${lacking} in the target`,
        `Run the pending migrations on ${to}, or ${added.join('; ')}, which loses nothing. If ${to} has dropped it, deploy its migration to the source, or leave out the columns of this type with \`columns\` in the profile.`,
      ),
    ]
  }
  const pairs = [...renamed]
  const places = pairs.map(([label, other]) => `${shown(other)} stands in the place of ${shown(label)}`)
  const renames = pairs.map(([label, other]) => `${alter} RENAME VALUE ${quoted(other)} TO ${quoted(label)}`)
  return [
    errorFinding(
      subject,
      `lacks ${lacking} in the target, where labels were probably renamed: ${places.join(', ')}`,
      `Run the pending migrations on ${to}, or ${[...renames, ...added].join('; ')}, which keeps all values. If ${to} is ahead, deploy its migration to the source. If these are different labels, add those of the source with ADD VALUE instead, or leave out the columns of this type with \`columns\` in the profile.`,
    ),
  ]
}

/** The target's labels that stand between the same labels as one that only the source has, if the match is unique. */
function renamedLabels(source: readonly string[], target: readonly string[]): Map<string, string> {
  const [gaps, others] = [gapsOf(source, target), gapsOf(target, source)]
  const pairs = [...gaps].flatMap(([place, labels]): [string, string][] => {
    const own = others.get(place) ?? []
    return own.length === labels.length
      ? labels.flatMap((label, index): [string, string][] => {
          const other = own[index]
          return other === undefined ? [] : [[label, other]]
        })
      : []
  })
  return new Map(pairs)
}

/** The labels that only one side has, by the preceding label that both have. */
function gapsOf(labels: readonly string[], others: readonly string[]): Map<string, string[]> {
  const gaps = new Map<string, string[]>()
  let place = ''
  for (const label of labels) {
    if (others.includes(label)) place = `after ${label}`
    else gaps.set(place, [...(gaps.get(place) ?? []), label])
  }
  return gaps
}

/** The place of a new label, so that values have the same order as in the source. Earlier ones are added first. */
function placeOf(label: string, labels: readonly string[], existing: readonly string[]): string {
  const at = labels.indexOf(label)
  const before = labels[at - 1]
  if (before !== undefined) return ` AFTER ${quoted(before)}`
  const after = labels.find((other) => existing.includes(other))
  return after === undefined ? '' : ` BEFORE ${quoted(after)}`
}

function shown(label: string): string {
  return `'${label}'`
}

function quoted(label: string): string {
  return `'${label.replaceAll("'", "''")}'`
}
