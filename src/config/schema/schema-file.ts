import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where editors find the schema of `mbsync.yaml` if mbsync is a dependency of the folder. */
export const LOCAL_SCHEMA = './node_modules/mbsync/docs/mbsync.schema.json'

/** The text of an `mbsync.yaml` in a folder, with the path of the schema that exists there: of this package unless the folder has its own. */
export function withSchemaOf(folder: string, text: string): string {
  if (existsSync(join(folder, LOCAL_SCHEMA))) return text
  const path = DEPTHS.map((up) =>
    fileURLToPath(new URL(`${up}docs/mbsync.schema.json`, import.meta.url)),
  ).find(existsSync)
  return path === undefined ? text : text.replace(LOCAL_SCHEMA, () => path)
}

/** From the bundle, and from the sources. */
const DEPTHS = ['../../', '../../../']
