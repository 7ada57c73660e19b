import { nameWithin } from './diff/name-within.ts'

/** What an SQL text has where it calls a function, with or without its schema: PostgreSQL does not know what the text of a function calls. */
export function callOf(identity: string): RegExp {
  const name = nameWithin(identity)
  const bare = /(?:"(?:[^"]|"")*"|[^".]+)$/.exec(name)?.[0] ?? name
  return new RegExp(`(?<![\\w$"])${bare.replace(/[^\w"]/g, '\\$&')}\\s*\\(`, 'i')
}

/** What follows the name of a function in the statement that creates it. */
export function textOfFunction({ create: [statement = ''] }: { readonly create: readonly string[] }): string {
  return statement.slice(statement.indexOf('('))
}
