import { resolve } from 'node:path'
import type { TableName } from '../core/table-name.ts'
import type { SearchIndexConfig, TypesenseHome } from './config.ts'
import type { ConfigFile } from './file-schema.ts'
import { parseNode } from './parse-node.ts'
import { parseTableName } from './parse-table-name.ts'

type Variables = ReadonlyMap<string, string>
type DeclaredIndex = ConfigFile['search'][string]

/** The search indexes that a valid file declares; `folder` is that of the file. */
export function resolveSearch(
  folder: string,
  { search, typesense }: ConfigFile,
  variables: Variables,
): Map<string, SearchIndexConfig> {
  const server = resolveServer(typesense, variables)
  return new Map(
    Object.entries(search).map(([name, index]) => {
      const { id, maxDeletePercent, maxRejectPercent, keep } = index
      const home = homeOf(name, index, server, folder)
      return [
        name,
        { name, documents: documentsOf(index), idColumn: id, maxDeletePercent, maxRejectPercent, keep, home },
      ]
    }),
  )
}

function documentsOf({ query = '', table }: DeclaredIndex): string | TableName {
  const name = table === undefined ? undefined : parseTableName(table)
  return name ?? query.trim().replace(/;$/, '')
}

function homeOf(
  name: string,
  index: DeclaredIndex,
  server: TypesenseHome['server'],
  folder: string,
): SearchIndexConfig['home'] {
  if (index.type === 'ndjson') return { type: 'ndjson', file: resolve(folder, index.file ?? '') }
  const { collection = name, schema, batch, parallel } = index
  return { type: 'typesense', collection, schema, batch, parallel, server }
}

function resolveServer(
  { nodes, key, timeouts }: ConfigFile['typesense'],
  variables: Variables,
): TypesenseHome['server'] {
  const urls = nodes ?? urlsOf(variables)
  const parsed = urls.flatMap((url) => parseNode(url) ?? [])
  const apiKey = key ?? variables.get('TYPESENSE_API_KEY') ?? ''
  if (urls.length === 0)
    return { problem: 'no Typesense server is named: set TYPESENSE_URL in the environment or in .env' }
  if (parsed.length < urls.length)
    return {
      problem:
        'TYPESENSE_URL must be a URL such as https://search.example.com, or several with commas between',
    }
  if (apiKey === '')
    return { problem: 'the variable TYPESENSE_API_KEY is not set; set it in the environment or in .env' }
  return { nodes: parsed, apiKey, connectMs: timeouts.connect, requestMs: timeouts.request }
}

function urlsOf(variables: Variables): string[] {
  const urls = variables.get('TYPESENSE_URL') ?? ''
  if (urls !== '') return urls.split(',').map((url) => url.trim())
  const host = variables.get('TYPESENSE_HOST') ?? ''
  if (host === '') return []
  const protocol = variables.get('TYPESENSE_PROTOCOL') || 'http'
  return [`${protocol}://${host}:${variables.get('TYPESENSE_PORT') || (protocol === 'https' ? 443 : 8108)}`]
}
