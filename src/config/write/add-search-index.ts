import { type Document, isMap, isSeq, parseDocument, type Scalar, YAMLMap, type YAMLSeq } from 'yaml'
import { UsageError } from '../../core/errors.ts'
import { literally } from '../read/expand-variables.ts'
import { ownPath } from './own-path.ts'

/** A search index as it stands in the file. */
export interface WrittenIndex {
  readonly type: 'typesense'
  readonly query: string
  readonly id?: string
  readonly keys?: Readonly<Record<string, string>>
  readonly schema: {
    readonly enable_nested_fields?: true
    readonly default_sorting_field?: string
    readonly fields: readonly Readonly<Record<string, unknown>>[]
  }
}

/**
 * Adds a search index to the text of a configuration file, and to a profile of it. Comments stay, and so does all else.
 * @throws UsageError if there is one of that name
 */
export function addSearchIndex(text: string, name: string, index: WrittenIndex, profile: string): string {
  const document = parseDocument(text)
  if (document.contents === null) document.contents = new YAMLMap() as unknown as typeof document.contents
  ownPath(document, ['search'])
  ownPath(document, ['profiles', profile, 'search'])
  if (document.hasIn(['search', name])) {
    throw new UsageError(`The configuration already has a search index ${name}`, {
      hint: 'Give the new one another name with --name.',
    })
  }
  if (!isMap(document.get('search'))) document.set('search', new YAMLMap())
  document.setIn(['search', name], nodeOf(document, index))
  if (isMap(document.getIn(['profiles', profile]))) {
    const path = ['profiles', profile, 'search']
    if (!isSeq(document.getIn(path))) document.setIn(path, listOf(document))
    document.addIn(path, literally(name))
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true })
}

/** A search index alone, as it would be added to a file. */
export function writeSearchIndex(name: string, index: WrittenIndex): string {
  return addSearchIndex('', name, index, '')
}

function nodeOf(document: Document, { query, schema, ...index }: WrittenIndex): YAMLMap {
  const { fields, ...collection } = schema
  const node = document.createNode(
    literally({ ...index, query, schema: { ...collection, fields } }),
  ) as YAMLMap
  const text = node.get('query', true) as Scalar
  text.type = 'BLOCK_LITERAL'
  const list = node.getIn(['schema', 'fields']) as YAMLSeq
  for (const field of list.items) if (isMap(field)) field.flow = true
  return node
}

function listOf(document: Document): YAMLSeq {
  const list = document.createNode([]) as YAMLSeq
  list.flow = true
  return list
}
