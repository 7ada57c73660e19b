import { existsSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Where editors find the schema of `mbsync.yaml` if mbsync is a dependency of the folder. */
export const LOCAL_SCHEMA = './node_modules/mbsync/docs/mbsync.schema.json'

/** The text of an `mbsync.yaml` in a folder, with an address of the schema that exists there: of this package unless the folder has its own. */
export function withSchemaOf(folder: string, text: string): string {
  if (existsSync(join(folder, LOCAL_SCHEMA))) return text
  const path = DEPTHS.map((up) =>
    fileURLToPath(new URL(`${up}docs/mbsync.schema.json`, import.meta.url)),
  ).find(existsSync)
  return path === undefined ? text : text.replace(LOCAL_SCHEMA, () => addressOf(folder, path))
}

/**
 * Within a project, a path that also holds for its other users; else a URL, which has no spaces: an editor would take what follows one for
 * something else.
 */
export function addressOf(folder: string, path: string): string {
  const [project] = path.split(`${sep}node_modules${sep}`)
  const isInProject =
    project !== undefined && project !== path && `${folder}${sep}`.startsWith(`${project}${sep}`)
  return isInProject ? relative(folder, path).replaceAll(sep, '/') : pathToFileURL(path).href
}

/** From the bundle, and from the sources. */
const DEPTHS = ['../../', '../../../']
