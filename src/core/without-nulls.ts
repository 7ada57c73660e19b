/** A row as a query returns it, whose optional facts are null if there are none. */
export type WithNulls<T> = {
  readonly [Key in keyof T]: undefined extends T[Key] ? Exclude<T[Key], undefined> | null : T[Key]
}

/** The facts of a row, undefined instead of null. */
export function withoutNulls<T extends object>(row: WithNulls<T>): T {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value ?? undefined])) as T
}
