import type { SchemaObject } from '../schema-object.ts'
import type { TableDetails } from '../table-details.ts'

/** A feature that older versions of PostgreSQL lack. */
export type Feature = NonNullable<SchemaObject['since']>

/** The newest feature that an object has, as a requirement for a server. */
export function sinceOf(features: readonly (Feature | undefined)[]): Pick<SchemaObject, 'since'> {
  const [newest] = features.flatMap((feature) => feature ?? []).sort((a, b) => b.version - a.version)
  return newest === undefined ? {} : { since: newest }
}

/** The feature, if one of them has it. */
export function featureIf(hasIt: boolean, version: number, feature: string): Feature | undefined {
  return hasIt ? { version, feature } : undefined
}

/** Features of a table that older servers lack. */
export function tableFeatures({
  columns,
  partitionKey,
  accessMethod,
}: TableDetails): (Feature | undefined)[] {
  const isVirtual = columns.some(({ generated }) => generated === 'virtual')
  const isNoInherit = columns.some(({ notNull }) => notNull?.isNoInherit)
  return [
    featureIf(isVirtual, 180000, 'virtual generated columns'),
    featureIf(isNoInherit, 180000, 'NOT NULL … NO INHERIT'),
    featureIf(
      partitionKey !== undefined && accessMethod !== undefined,
      170000,
      'access methods of partitioned tables',
    ),
  ]
}
