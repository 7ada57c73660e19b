import type { SourceColumn } from '../../inspect/inspection.ts'
import { columnType } from '../column-type.ts'
import type { PersonalKind } from './kind.ts'

/** A mask as mbsync.yaml has it; null is the mask of that name. */
export type SuggestedMask = string | null | Readonly<Record<string, string>>

/** What is known of a column beside its type. */
export interface SuggestionFacts {
  readonly isUnique: boolean
  /** Whether its table has a key. */
  readonly hasKey: boolean
}

type Column = Pick<SourceColumn, 'baseType' | 'isNotNull'>

/** How many characters a mask needs for its values to be whole; others write as many as there is room for. */
const NEEDED: Readonly<Record<string, number>> = {
  email: 24,
  phone: 12,
  iban: 22,
  card: 16,
  ip: 14,
  url: 40,
  name: 20,
  'first-name': 8,
  'last-name': 8,
  company: 20,
  street: 20,
  city: 10,
}

/** What `hash` takes. */
const HASHED: readonly string[] = ['text', 'integer', 'uuid', 'network']

/** The masks that suit a column of a kind, the best first. What constraints demand of them is not looked at, but for unique indexes. */
export function suggestMasks(
  { mask }: PersonalKind,
  { baseType, isNotNull }: Column,
  { isUnique, hasKey }: SuggestionFacts,
): SuggestedMask[] {
  const { family, limit } = columnType(baseType)
  const suited = (() => {
    if (baseType.endsWith('[]')) return isNotNull ? [constant('{}')] : []
    if (isUnique)
      return [
        ...(DIFFERENT.includes(mask) && family === 'text' ? [mask] : []),
        ...(HASHED.includes(family) ? ['hash'] : []),
      ]
    if (family === 'text') return ofText(mask, limit, isNotNull)
    if (family === 'number' || family === 'integer') return ofNumber(mask, family, { isNotNull, hasKey })
    return ofType(baseType, { isNotNull, hasKey })
  })()
  // Any number of rows can be without a value.
  return [...new Set(isNotNull ? suited.filter((each) => each !== null) : [...suited, null])]
}

/** Masks that keep different texts different. */
const DIFFERENT = ['email', 'url', 'iban']

function constant(value: string): SuggestedMask {
  return { mask: 'constant', value }
}

function ofText(mask: string, limit: number | undefined, isNotNull: boolean): SuggestedMask[] {
  if (mask === 'null' || mask === 'noise' || mask === 'date-shift') return isNotNull ? ['text'] : [null]
  return limit !== undefined && limit < (NEEDED[mask] ?? 0) ? ['text', 'hash'] : [mask, 'text', 'hash']
}

function ofNumber(
  mask: string,
  family: 'number' | 'integer',
  { isNotNull, hasKey }: { readonly isNotNull: boolean; readonly hasKey: boolean },
): SuggestedMask[] {
  if (mask === 'noise') return hasKey ? ['noise'] : isNotNull ? [constant('0')] : [null]
  if (family === 'integer') return ['hash']
  return isNotNull ? [constant('0')] : [null]
}

/** Of types that only one mask takes. */
function ofType(
  baseType: string,
  { isNotNull, hasKey }: { readonly isNotNull: boolean; readonly hasKey: boolean },
): SuggestedMask[] {
  const { family } = columnType(baseType)
  if (family === 'date' || family === 'timestamp')
    return [hasKey ? 'date-shift' : 'date-truncate', 'date-truncate']
  const [, mask] = OF_FAMILY.find(([name]) => name === family) ?? []
  if (mask !== undefined) return [mask]
  const value = CONSTANTS[baseType.replace(/\(.*\)/, '')]
  return isNotNull && value !== undefined ? [constant(value)] : [null]
}

const OF_FAMILY = [
  ['json', 'redact-json'],
  ['bytes', 'file'],
  ['network', 'ip'],
  ['uuid', 'hash'],
] as const

/** For types that only `constant` takes, if they must have a value. */
const CONSTANTS: Readonly<Record<string, string>> = {
  macaddr: '02:00:00:00:00:00',
  macaddr8: '02:00:00:00:00:00:00:00',
  cidr: '10.0.0.0/8',
  money: '0',
  boolean: 'false',
}
