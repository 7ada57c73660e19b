const LITERAL = /'(?:[^']|'')*'/g
const TEXT_CAST = /::(character varying|text|bpchar)(?!\()(\[\])?/g
/** Parentheses around a name or literal that are not those of a function. */
const AROUND_ONE = /(?<![\w"])\(([\w."]+|'\d+')\)/g
const AROUND_ARRAY = /\(\((ARRAY\[[^\][]*\])\)\)/g
/** What decides when rows are checked, and which, but not what they must meet. */
const MANNER = /( (NOT VALID|NO INHERIT|NOT DEFERRABLE|DEFERRABLE|INITIALLY (DEFERRED|IMMEDIATE)))+$/

/**
 * A text that two definitions share if they mean the same. A dump writes the casts of `status IN ('a', 'b')` on a `varchar` in another
 * place than the constraint that it was made from has them: so casts between types of text, and parentheses that they need, do not count.
 */
export function definitionKey(definition: string): string {
  const literals: string[] = []
  const plain = definition.replace(MANNER, '').replace(LITERAL, (literal) => `'${literals.push(literal)}'`)
  const uncast = plain.replace(TEXT_CAST, '').replace(/\s+/g, ' ')
  const bare = uncast.replace(AROUND_ONE, '$1').replace(AROUND_ARRAY, '($1)')
  return [bare, ...literals].join('\n')
}
