/** The details of a user-defined type. Differences between two types are found from them. */
export type TypeDetails = EnumDetails | CompositeDetails | DomainDetails

/** The labels of an enum, in order. */
export interface EnumDetails {
  readonly kind: 'enum'
  readonly labels: readonly string[]
}

/** The attributes of a composite type, in order. */
export interface CompositeDetails {
  readonly kind: 'composite'
  readonly attributes: readonly AttributeDetails[]
}

/** An attribute of a composite type. */
export interface AttributeDetails {
  readonly name: string
  /** In the form of `format_type`, with its length or precision. */
  readonly type: string
  /** Qualified and quoted; undefined if it is the default of the type. */
  readonly collation: string | undefined
}

/** The requirements of a domain for its values. */
export interface DomainDetails {
  readonly kind: 'domain'
  readonly baseType: string
  readonly collation: string | undefined
  readonly default: string | undefined
  readonly isNotNull: boolean
  readonly constraints: readonly DomainConstraint[]
}

/** A constraint of a domain. */
export interface DomainConstraint {
  readonly name: string
  /** Such as `CHECK ((VALUE > 0))`, with `NOT VALID` at its end if it is not valid. */
  readonly definition: string
}
