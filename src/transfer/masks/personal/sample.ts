import type { PersonalKind } from './kind.ts'

/** The result of a sample of a column's values. Only counts leave the source. */
export interface Sample {
  /** Values that are neither NULL nor blank; of an array, the first such element of each row. */
  readonly values: number
  readonly matches: ReadonlyMap<PersonalKind, number>
  /** Values whose first word is a common first name. */
  readonly names: number
  /** Values of two to four words that look like a personal name. */
  readonly nameLike: number
  /** Values that end as names of companies do, in the columns with the names of the rows. */
  readonly companies: number
  /** Values that are words for what a person is, such as `married`. */
  readonly traits: number
  /** Values of five words or more. */
  readonly prose: number
  /** Those of them that are by someone or about someone. */
  readonly proseOfPeople: number
  /** Different values, by how they begin; undefined if they were not counted. */
  readonly distinct?: number
  /** Values that are mailboxes of an organisation: `info@`. */
  readonly mailboxes?: number
  /** Values with a common first name before another word with a capital letter. */
  readonly namesWithin?: number
  /** Values that look like names to sign in with, in columns that may hold such. */
  readonly logins?: number
}
