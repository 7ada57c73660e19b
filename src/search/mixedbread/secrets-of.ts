const KEYS_WITHOUT_SECRETS = new Set([
  'scope',
  'tenant_id',
  'entity_type',
  'db_id',
  'content_hash',
  'managed_by',
])

/** The texts of metadata that no message may repeat: all but those that mbsync itself makes. */
export function secretsOf(metadata: unknown): string[] {
  if (typeof metadata === 'string') return [metadata]
  if (typeof metadata === 'number') return [String(metadata)]
  if (typeof metadata !== 'object' || metadata === null) return []
  return Object.entries(metadata).flatMap(([key, value]) =>
    KEYS_WITHOUT_SECRETS.has(key) ? [] : secretsOf(value),
  )
}
