/** What a type of users consists of: what a difference of two types is found from. */
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
  /** As `format_type` gives it, with its length or precision. */
  readonly type: string
  /** Qualified and quoted; undefined where it is that of the type. */
  readonly collation: string | undefined
}

/** What a domain demands of its values. */
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
  /** As in `CHECK ((VALUE > 0))`, with `NOT VALID` at its end where it is not. */
  readonly definition: string
}
