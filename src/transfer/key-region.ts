/** Some keys of a table, in SQL that means the same on both sides. */
export interface KeyRegion {
  /** An SQL FROM item that gives, as `alias`, at least the rows of the region with these columns, of the system as well. */
  from(table: string, alias: string, columns: readonly string[]): string
  /** Whether the rows are found by an index, so that a table is to be read as a whole and not by its pages. */
  readonly isLookedUp: boolean
  /** An SQL condition of the key that every row of the region meets, to leave out most of the others. */
  span(alias: string): string
  /** The SQL condition under which a row of that item is in the region. */
  condition(alias: string): string
}
