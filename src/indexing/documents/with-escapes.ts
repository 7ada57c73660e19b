/**
 * A function of JSON text that leaves its \uXXXX as they are: a value of type json may hold some that stand for no character of a text,
 * and that stop any function which reads them. They are hidden behind DEL, as whose own escape every DEL is written before.
 */
export function withEscapes(json: string, apply: (hidden: string) => string): string {
  const hidden = `replace(replace(replace(${json}, E'\\x7f', '\\u007f'), '\\\\', E'\\x7fb'), '\\u', E'\\x7fu')`
  return `replace(replace(${apply(hidden)}, E'\\x7fu', '\\u'), E'\\x7fb', '\\\\')`
}
