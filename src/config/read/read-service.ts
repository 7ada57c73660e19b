import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findParameterProblem, isKnownParameter } from './find-parameter-problem.ts'

/** What a service stands for, with the file that says so; or what is wrong, as a sentence that goes on after the name of what asks for it. */
export type ReadService =
  | { readonly file: string; readonly parameters: ReadonlyMap<string, string> }
  | { readonly problem: string }

/** Where services are looked for. */
export interface ServicePlaces {
  /** The file that the connection or PGSERVICEFILE names: it must exist. */
  readonly file: string | undefined
  readonly home: string
  /** PGSYSCONFDIR. */
  readonly systemFolder: string | undefined
}

/**
 * Finds a service as libpq does (https://www.postgresql.org/docs/current/libpq-pgservice.html): in the file that is named or the user's own, then in
 * that of the system.
 */
export function readService(name: string, { file, home, systemFolder }: ServicePlaces): ReadService {
  const files = [file ?? join(home, '.pg_service.conf')]
  if (systemFolder !== undefined) files.push(join(systemFolder, 'pg_service.conf'))
  for (const path of files) {
    const text = readIfThere(path)
    if (text === undefined && path !== file) continue
    if (text === undefined) return { problem: `refers to the service file ${path}, which cannot be read` }
    const found = findSection(name, text, path)
    if (found !== undefined) return found
  }
  return { problem: `names a service that is not defined in ${files.join(' or ')}` }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function findSection(name: string, text: string, file: string): ReadService | undefined {
  let parameters: Map<string, string> | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('[')) {
      if (parameters !== undefined) break
      if (line === `[${name}]`) parameters = new Map()
    } else if (parameters !== undefined) {
      const problem = addLine(parameters, line)
      if (problem !== undefined)
        return { problem: `names a service of ${file} that ${problem} (line ${index + 1})` }
    }
  }
  return parameters === undefined ? undefined : { file, parameters }
}

/** Of several lines with one name, the first counts, as in libpq. */
function addLine(parameters: Map<string, string>, line: string): string | undefined {
  if (line.startsWith('ldap')) return 'asks an LDAP server, which mbsync does not support'
  const at = line.indexOf('=')
  const [parameter, value] = [line.slice(0, at).trim(), line.slice(at + 1).trim()]
  if (at < 1) return 'has a line without `=`'
  if (parameter === 'service' || parameter === 'servicefile') return 'names another service'
  const problem = findParameterProblem(parameter, value)
  if (problem !== undefined) return problem
  if (!isKnownParameter(parameter)) return 'has a keyword that libpq does not know'
  if (!parameters.has(parameter)) parameters.set(parameter, value)
  return undefined
}
