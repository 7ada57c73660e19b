import type { ObjectId } from '../object-id.ts'
import type { Dependencies } from './read-dependencies.ts'

/** Whether a type creates an object itself, such as the constructors of a range, and the cast to its multirange. */
export function isMadeByType(dependencies: Dependencies, id: ObjectId): boolean {
  return dependencies.of(id).some(({ to, type }) => type === 'i' && to.startsWith('pg_type:'))
}
