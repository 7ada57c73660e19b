/** Of each branch of psql, the first version that knows `\restrict`, and the end of the branch. */
const BRANCHES_WITH_RESTRICT = [
  [130022, 139999],
  [140019, 149999],
  [150014, 159999],
  [160010, 169999],
  [170006, 999999],
] as const

/** After a variable that holds the beginning of a comment, the lines up to here are one. */
const END_OF_OPTIONAL = '-- */'

/**
 * Has psql refuse every backslash command up to the line with the same key, where psql can. An older one would stop at a command that
 * it does not know, even in the branch of an `\if` that is not taken: so there the command becomes part of a comment. psql knows its
 * own version but cannot compare numbers, so the server is asked; its answer is used as a boolean alone, as psql would run commands in it.
 */
export function restrictLines(key: string | undefined): string[] {
  if (key === undefined) return []
  const isBetween = BRANCHES_WITH_RESTRICT.map(([from, to]) => `:VERSION_NUM BETWEEN ${from} AND ${to}`)
  return [
    '\\set mbsync_knows_restrict false',
    '\\if :{?VERSION_NUM}',
    `SELECT ${isBetween.join(' OR ')} AS knows_restrict \\gset mbsync_`,
    '\\endif',
    "\\set mbsync_optional '/*'",
    '\\if :mbsync_knows_restrict',
    "\\set mbsync_optional ''",
    '\\endif',
    ...optional(`\\restrict ${key}`),
  ]
}

/** Ends what {@link restrictLines} began. */
export function unrestrictLines(key: string | undefined): string[] {
  return key === undefined ? [] : optional(`\\unrestrict ${key}`)
}

function optional(command: string): string[] {
  return [':mbsync_optional', command, END_OF_OPTIONAL]
}
