/** The words that masks choose from. None of them belongs to one person: they are common in their country. */
export interface WordLists {
  readonly firstNames: readonly string[]
  readonly lastNames: readonly string[]
  readonly cities: readonly string[]
  /** Names of streets, and how a number is added: `1` stands for the number. */
  readonly streets: readonly string[]
  readonly address: { readonly before: string; readonly after: string }
  readonly companies: readonly string[]
  readonly legalForms: readonly string[]
}
