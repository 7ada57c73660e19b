import type { ObjectId } from '../object-id.ts'
import type { Dependencies } from './read-dependencies.ts'

/** Whether a type creates an object by itself, such as the functions that make its ranges, and the cast to its multirange. */
export function isMadeByType(dependencies: Dependencies, id: ObjectId): boolean {
  return dependencies.of(id).some(({ to, type }) => type === 'i' && to.startsWith('pg_type:'))
}
