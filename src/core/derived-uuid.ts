import { createHash } from 'node:crypto'

/** The namespace of the uuids that mbsync derives, in hexadecimal. It never changes: stores hold what came of it. */
export const DERIVED_UUID_NAMESPACE = '6d6273796e634b2e9d0c4f1a7be3d852'

/** The type that uuids of tenants are derived with. */
export const TENANT_TYPE = 'tenant'

/**
 * The uuid of a key that is none: version 8 of RFC 9562, made as its appendix B.2 makes one of a name. The first 16 bytes of the SHA-256 of
 * the namespace and of `<type>:<key>` in UTF-8, with the bits of version and variant set.
 */
export function derivedUuid(type: string, key: string): string {
  const namespace = Buffer.from(DERIVED_UUID_NAMESPACE, 'hex')
  const bytes = createHash('sha256').update(namespace).update(`${type}:${key}`).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
