const LITERAL = /'(?:[^']|'')*'/g
const TEXT_CAST = /::(character varying|text|bpchar)(?!\()(\[\])?/g
/** Parentheses around a name or literal, except those of a function. */
const AROUND_ONE = /(?<![\w"])\(([\w."]+|'\d+')\)/g
const AROUND_ARRAY = /\(\((ARRAY\[[^\][]*\])\)\)/g
/** Clauses that decide when rows are checked, and which, but not what they must meet. */
const MANNER = /( (NOT VALID|NO INHERIT|NOT DEFERRABLE|DEFERRABLE|INITIALLY (DEFERRED|IMMEDIATE)))+$/

/**
 * A text that is equal for two definitions if they mean the same. A dump moves the casts of `status IN ('a', 'b')` on a `varchar`. So casts
 * between text types are ignored, and so are the parentheses that they need.
 */
export function definitionKey(definition: string): string {
  const literals: string[] = []
  const plain = definition.replace(MANNER, '').replace(LITERAL, (literal) => `'${literals.push(literal)}'`)
  const uncast = plain.replace(TEXT_CAST, '').replace(/\s+/g, ' ')
  const bare = uncast.replace(AROUND_ONE, '$1').replace(AROUND_ARRAY, '($1)')
  return [bare, ...literals].join('\n')
}
