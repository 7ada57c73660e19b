import { resolve } from 'node:path'
import type { TableName } from '../../core/table-name.ts'
import type { MixedbreadHome, SearchIndexConfig, TypesenseHome } from '../config.ts'
import type { ConfigFile } from '../schema/file-schema.ts'
import { parseNode } from './parse-node.ts'
import { parseTableName } from './parse-table-name.ts'

type Variables = ReadonlyMap<string, string>
type DeclaredIndex = ConfigFile['search'][string]

/** The search indexes that a valid file declares; `folder` is that of the file. */
export function resolveSearch(
  folder: string,
  file: ConfigFile,
  variables: Variables,
): Map<string, SearchIndexConfig> {
  return new Map(
    Object.entries(file.search).map(([name, index]) => {
      const { id, maxDeletePercent, maxRejectPercent, keep } = index
      const keys = keysOf(index)
      const home = homeOf(name, index, file, variables, folder)
      return [
        name,
        {
          name,
          documents: documentsOf(index),
          idColumn: id,
          keys,
          maxDeletePercent,
          maxRejectPercent,
          keep,
          home,
        },
      ]
    }),
  )
}

function documentsOf({ entities, ...index }: DeclaredIndex): SearchIndexConfig['documents'] {
  if (entities === undefined) return rowsOf(index)
  return Object.entries(entities).map(([name, { query, table, ...sql }]) => {
    return { name, rows: rowsOf({ query, table }), ...sql }
  })
}

function keysOf({ keys = {} }: DeclaredIndex): SearchIndexConfig['keys'] {
  return Object.entries(keys).flatMap(([name, id]) => {
    const table = parseTableName(name)
    return table === undefined ? [] : [{ table, id }]
  })
}

function rowsOf({ query = '', table }: Pick<DeclaredIndex, 'query' | 'table'>): string | TableName {
  const name = table === undefined ? undefined : parseTableName(table)
  return name ?? query.trim().replace(/;$/, '')
}

function homeOf(
  name: string,
  index: DeclaredIndex,
  { typesense, mixedbread }: ConfigFile,
  variables: Variables,
  folder: string,
): SearchIndexConfig['home'] {
  const { collection = name, schema, import: importParameters, batch, parallel, store } = index
  switch (index.type) {
    case 'ndjson':
      return { type: 'ndjson', file: resolve(folder, index.file ?? '') }
    case 'typesense': {
      const server = resolveServer(typesense, variables)
      const imports = importParameters && { importParameters }
      return { type: 'typesense', collection, schema, ...imports, batch, parallel: parallel ?? 4, server }
    }
    case 'mixedbread':
      return {
        type: 'mixedbread',
        parallel: parallel ?? 8,
        account: resolveAccount(mixedbread, store, variables),
      }
  }
}

function resolveAccount(
  { key, url, timeout, ratePercent }: ConfigFile['mixedbread'],
  declaredStore: string | undefined,
  variables: Variables,
): MixedbreadHome['account'] {
  const apiKey = key ?? variables.get('MXBAI_API_KEY') ?? ''
  const store = declaredStore ?? variables.get('MXBAI_STORE_ID') ?? ''
  const baseUrl = url ?? (variables.get('MIXEDBREAD_BASE_URL') || 'https://api.mixedbread.com')
  if (apiKey === '')
    return { problem: 'the variable MXBAI_API_KEY is not set; set it in the environment or in .env' }
  if (store === '')
    return { problem: 'no Mixedbread store is configured: set MXBAI_STORE_ID in the environment or in .env' }
  if (parseNode(baseUrl) === undefined)
    return { problem: 'MIXEDBREAD_BASE_URL must be a URL such as https://api.mixedbread.com' }
  return { apiKey, baseUrl, store, requestMs: timeout, ratePercent }
}

function resolveServer(
  { nodes, key, timeouts }: ConfigFile['typesense'],
  variables: Variables,
): TypesenseHome['server'] {
  const urls = nodes ?? urlsOf(variables)
  const parsed = urls.flatMap((url) => parseNode(url) ?? [])
  const apiKey = key ?? variables.get('TYPESENSE_API_KEY') ?? ''
  if (urls.length === 0)
    return { problem: 'no Typesense server is configured: set TYPESENSE_URL in the environment or in .env' }
  if (parsed.length < urls.length)
    return {
      problem:
        'TYPESENSE_URL must be a URL such as https://search.example.com, or several, separated by commas',
    }
  if (apiKey === '')
    return { problem: 'the variable TYPESENSE_API_KEY is not set; set it in the environment or in .env' }
  const { connect, request, ready } = timeouts
  return { nodes: parsed, apiKey, connectMs: connect, requestMs: request, readyMs: ready }
}

function urlsOf(variables: Variables): string[] {
  const urls = variables.get('TYPESENSE_URL') ?? ''
  if (urls !== '') return urls.split(',').map((url) => url.trim())
  const host = variables.get('TYPESENSE_HOST') ?? ''
  if (host === '') return []
  const protocol = variables.get('TYPESENSE_PROTOCOL') || 'http'
  return [`${protocol}://${host}:${variables.get('TYPESENSE_PORT') || (protocol === 'https' ? 443 : 8108)}`]
}
