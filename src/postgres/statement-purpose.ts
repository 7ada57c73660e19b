/** What a statement consists of that is not simply passed on. What is cut off counts as closed, so that no half of a literal is told. */
const TOKENS = new RegExp(
  [
    String.raw`--[^\n]*`,
    String.raw`/\*[\s\S]*?(?:\*/|$)`,
    '(?<name>"(?:[^"]|"")*(?:"|$))',
    String.raw`(?<parameter>\$\d+)`,
    String.raw`\b[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)`,
    "'(?:[^']|'')*(?:'|$)",
    String.raw`\$(?<tag>[A-Za-z_]\w*)?\$[\s\S]*?(?:\$\k<tag>\$|$)`,
    String.raw`\b\d+(?:\.\d+)?\b`,
  ].join('|'),
  'g',
)

/** More is not looked at. */
const LONGEST_LOOK = 2000
const LONGEST_PURPOSE = 160

/** What a statement is for: its first words, without the values and comments in it. Names of tables and columns stay. */
export function statementPurpose(sql: string): string {
  const bare = sql.slice(0, LONGEST_LOOK).replace(TOKENS, (token, ...rest) => {
    const { name, parameter } = rest.at(-1) as { name?: string; parameter?: string }
    if (name !== undefined || parameter !== undefined) return token
    return /^(--|\/\*)/.test(token) ? ' ' : '?'
  })
  const line = bare.replace(/\s+/g, ' ').trim()
  return line.length > LONGEST_PURPOSE ? `${line.slice(0, LONGEST_PURPOSE - 1)}…` : line
}
