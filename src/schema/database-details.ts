/** What belongs to a database itself, and to none of its objects. */
export interface DatabaseDetails {
  readonly name: string
  /** The role that has read it. */
  readonly currentRole: string
  readonly comment: string | null
  readonly settings: readonly DatabaseSetting[]
}

/** `ALTER DATABASE … SET`, or `ALTER ROLE … IN DATABASE … SET`. */
export interface DatabaseSetting {
  /** The role that it is for; null for all of them. */
  readonly role: string | null
  readonly name: string
  readonly value: string
}
