import { identifier, literal } from './identifiers.ts'

/** The statements that set something for a database or a role in it: of one message. SET makes of nothing a list with one empty name: an empty list is that of the session. */
export function setStatements(
  altered: string,
  { name, value }: { readonly name: string; readonly value: string },
): string[] {
  const setting = settingName(name)
  if (!isList(name) || splitNames(value).length > 0)
    return [`${altered} SET ${setting} TO ${settingValue(name, value)}`]
  return [
    `SELECT pg_catalog.set_config(${literal(name)}, '', true)`,
    `${altered} SET ${setting} FROM CURRENT`,
  ]
}

/** Settings whose values are lists of names, each quoted by itself: the catalog has them quoted already. */
const LISTS = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
])

/** The name of a setting, which has at most dots in it. */
export function settingName(name: string): string {
  return name.split('.').map(identifier).join('.')
}

function settingValue(name: string, value: string): string {
  return isList(name) ? splitNames(value).map(literal).join(', ') : literal(value)
}

function isList(name: string): boolean {
  return LISTS.has(name.toLowerCase())
}

/** `"$user", public` as two names. */
function splitNames(list: string): string[] {
  return Array.from(list.matchAll(/"((?:[^"]|"")*)"|[^\s,"]+/g), ([whole, quoted]) =>
    quoted === undefined ? whole : quoted.replaceAll('""', '"'),
  )
}
