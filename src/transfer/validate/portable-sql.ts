import { withoutNewQuotes } from '../../core/new-names.ts'
import type { ExtensionNames } from '../../postgres/catalog/read-extension-names.ts'

/** A qualified name: a schema, and an identifier or an operator. */
const QUALIFIED =
  /(?:"(?:[^"]|"")+"|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*)\.("(?:[^"]|"")+"|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*|[-+*/<>=~!@#%^&|`?]+)/g

/**
 * A type or a definition of one side, in which objects of an extension have the name of the extension instead of their schema, because an
 * extension may be in different schemas, and without quotes that only newer servers write. Only for comparisons.
 */
export function portableSql(sql: string, names: ExtensionNames): string {
  return withoutNewQuotes(names.size === 0 ? sql : withExtensions(sql, names))
}

function withExtensions(sql: string, names: ExtensionNames): string {
  return sql.replace(QUALIFIED, (qualified, name: string) => {
    const extension = names.get(qualified)
    return extension === undefined ? qualified : `{${extension}}.${name}`
  })
}
