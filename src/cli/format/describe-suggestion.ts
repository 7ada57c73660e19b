import type { PersonalColumn } from '../../transfer/masks/personal/find-personal.ts'

/** A suggested mask as mbsync.yaml has it. */
export function describeSuggestion(mask: PersonalColumn['suggestion']): string {
  if (mask === undefined) return 'decide yourself'
  if (mask === null) return 'null'
  return typeof mask === 'string' ? mask : Object.values(mask).join(' ')
}
