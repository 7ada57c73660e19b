import { z } from 'zod'
import { parseNode } from '../read/parse-node.ts'
import { parseTableName } from '../read/parse-table-name.ts'
import { durationSchema, isMap, isText, textSchema, wholeNumber } from './schema-parts.ts'

// Every message is written here: zod's own may repeat a value, and values may be secrets.

const PERCENT = { error: 'must be a number from 0 to 100' }
const percentSchema = z.number(PERCENT).min(0, PERCENT).max(100, PERCENT)

/** How the Typesense server is reached. */
export const typesenseSchema = z
  .strictObject(
    {
      nodes: z
        .array(
          z.string(isText).refine((url) => parseNode(url) !== undefined, {
            error: 'must be a URL such as https://search.example.com:443, without credentials',
          }),
          { error: 'must be a list of URLs' },
        )
        .optional()
        .describe(
          'The URLs of its nodes. Without them, mbsync reads the variables TYPESENSE_URL, or TYPESENSE_HOST with TYPESENSE_PORT and TYPESENSE_PROTOCOL.',
        ),
      key: textSchema
        .optional()
        .describe('An API key: name a variable here. Without it, the variable TYPESENSE_API_KEY is used.'),
      timeouts: z
        .strictObject(
          {
            connect: durationSchema
              .prefault('5s')
              .describe('How long it may take to open a connection, with TLS; not the request itself.'),
            request: durationSchema
              .prefault('60s')
              .describe(
                'How long a request may take, to the last byte of its reply; of an export, from one byte to the next.',
              ),
            ready: durationSchema
              .prefault('10m')
              .describe(
                'How long to wait for a server that answers 503 while it starts and replays its log.',
              ),
          },
          isMap,
        )
        .prefault({})
        .describe('How long to wait for the server.'),
    },
    isMap,
  )
  .prefault({})
  .describe('The Typesense server of search indexes of type typesense.')

const tableSchema = z.string(isText).refine((text) => parseTableName(text) !== undefined, {
  error: 'must name one table, such as public.products or public."Product"',
})

const collectionSchema = z
  .looseObject(
    {
      fields: z
        .array(z.looseObject({ name: textSchema, type: textSchema }, isMap), {
          error: 'must be a list of fields, each with a name and a type',
        })
        .describe('The fields, in the terms of Typesense: name, type, facet, optional and so on.'),
    },
    isMap,
  )
  .describe(
    'The schema of the collection, in the terms of Typesense. Without it, an existing collection is used as it is.',
  )

/** What mbsync itself decides, or counts on. */
const OWN_IMPORT_PARAMETERS = ['action', 'return_doc', 'return_id']

const importSchema = z
  .record(
    z.string().regex(/^[a-z_]+$/, { error: 'must be a name such as dirty_values' }),
    z.union([z.string(), z.number(), z.boolean()], { error: 'must be text, a number, true or false' }),
    isMap,
  )
  .refine((parameters) => OWN_IMPORT_PARAMETERS.every((name) => parameters[name] === undefined), {
    error: `must leave out what mbsync sets itself: ${OWN_IMPORT_PARAMETERS.join(', ')}`,
  })
  .describe(
    'typesense: parameters of the import of documents, in the terms of Typesense, such as dirty_values or remote_embedding_timeout_ms.',
  )

const batchSchema = z
  .strictObject(
    {
      documents: wholeNumber(1, 10_000).default(1000).describe('The most documents in a request.'),
      bytes: wholeNumber(1000, 100_000_000)
        .default(5_000_000)
        .describe('The most bytes of documents in a request.'),
    },
    isMap,
  )
  .prefault({})
  .describe('How large a request is.')

/** The account at Mixedbread. */
export const mixedbreadSchema = z
  .strictObject(
    {
      key: textSchema
        .optional()
        .describe('An API key: name a variable here. Without it, the variable MXBAI_API_KEY is used.'),
      url: z
        .string(isText)
        .refine((url) => parseNode(url) !== undefined, {
          error: 'must be a URL such as https://api.mixedbread.com, without credentials',
        })
        .optional()
        .describe(
          'The URL of the service (default: the variable MIXEDBREAD_BASE_URL, or the public service).',
        ),
      timeout: durationSchema.prefault('60s').describe('How long a request may take before it is repeated.'),
      ratePercent: wholeNumber(1, 100_000)
        .default(100)
        .describe(
          'How much of the documented request rates mbsync may use, in percent; lower it if others share the account.',
        ),
    },
    isMap,
  )
  .prefault({})
  .describe('The account of search indexes of type mixedbread.')

/** Where documents come from: one of the two. */
const rowsKeys = {
  query: textSchema
    .optional()
    .describe('A SELECT on the target that gives one row a document. Names of tables need their schema.'),
  table: tableSchema
    .optional()
    .describe('A table or view of which every row is a document, instead of a query.'),
}

/** What mbsync itself writes into the metadata of every document. */
const OWN_METADATA = ['scope', 'tenant_id', 'entity_type', 'db_id', 'content_hash', 'managed_by']

const entitySchema = z
  .strictObject(
    {
      ...rowsKeys,
      id: textSchema
        .default('id')
        .describe(
          'SQL: the key of a row; separate the columns of a composite key by commas. A UUID is derived from a key that is not one.',
        ),
      global: textSchema
        .default('is_global = true')
        .describe('SQL: whether a row is for all tenants. Other rows belong to their tenant.'),
      tenant: textSchema.default('tenant_id').describe('SQL: the key of the tenant of a row.'),
      text: textSchema
        .default('text')
        .describe('SQL: the text to search. Rows without text become no documents.'),
      metadata: z
        .record(textSchema, textSchema, isMap)
        .default({})
        .refine((metadata) => Object.keys(metadata).every((key) => !OWN_METADATA.includes(key)), {
          error: `must leave out what mbsync writes itself: ${OWN_METADATA.join(', ')}`,
        })
        .describe('SQL by name: what is stored beside the text, to filter by and to show.'),
    },
    isMap,
  )
  .refine(({ query, table }) => (query === undefined) !== (table === undefined), {
    error: 'needs either a query or a table',
  })
  .describe('How the documents of one type are made. SQL may use the columns of the row.')

/** As long as the column of the state that holds it. */
const entityTypeSchema = z.string().regex(/^[A-Za-z0-9_]{1,20}$/, {
  error: 'must be a name of at most 20 letters, digits and underscores',
})

/** Keys that only some types have. */
const KEYS_OF_TYPES = [
  ['query', ['typesense', 'ndjson']],
  ['table', ['typesense', 'ndjson']],
  ['collection', ['typesense']],
  ['schema', ['typesense']],
  ['import', ['typesense']],
  ['keys', ['typesense']],
  ['file', ['ndjson']],
  ['store', ['mixedbread']],
  ['entities', ['mixedbread']],
] as const

/** One search index of the file. */
export const searchIndexSchema = z
  .strictObject(
    {
      type: z
        .enum(['typesense', 'mixedbread', 'ndjson'], { error: 'must be typesense, mixedbread or ndjson' })
        .describe(
          'Where the documents go: a collection of Typesense, a store of Mixedbread, or a local file.',
        ),
      ...rowsKeys,
      id: textSchema.default('id').describe('The column that holds the id of a document.'),
      keys: z
        .record(tableSchema, textSchema, isMap)
        .optional()
        .describe(
          'typesense: for tables of the query, the id of the document that a row is part of, as SQL over its columns. Then only the documents of changed rows are made again.',
        ),
      collection: textSchema
        .optional()
        .describe(
          'typesense: the name that searches use, an alias or a collection (default: the name of the index).',
        ),
      schema: collectionSchema.optional(),
      import: importSchema.optional(),
      file: textSchema.optional().describe('ndjson: the file, relative to this one.'),
      store: textSchema
        .optional()
        .describe('mixedbread: the id or the name of the store (default: the variable MXBAI_STORE_ID).'),
      entities: z
        .record(entityTypeSchema, entitySchema, isMap)
        .optional()
        .describe('mixedbread: the types of documents by name, instead of a query or a table.'),
      maxDeletePercent: percentSchema
        .default(20)
        .describe(
          'mbsync refuses to delete more than this share of the index, or of a tenant in it, without --allow-mass-delete.',
        ),
      maxRejectPercent: percentSchema
        .default(1)
        .describe(
          'typesense: a rebuilt collection with a larger share of rejected documents is not published.',
        ),
      keep: wholeNumber(0, 20)
        .default(1)
        .describe(
          'typesense: how many replaced collections are kept after rebuilds, for `mbsync typesense rollback`.',
        ),
      batch: batchSchema,
      parallel: wholeNumber(1, 32)
        .optional()
        .describe(
          'How many requests to the server run at once (default: 4 for typesense, 8 for mixedbread).',
        ),
    },
    isMap,
  )
  .superRefine((index, context) => {
    const tell = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    const isMixedbread = index.type === 'mixedbread'
    if (!isMixedbread && (index.query === undefined) === (index.table === undefined))
      context.addIssue('needs either a query or a table')
    if (isMixedbread && Object.keys(index.entities ?? {}).length === 0)
      tell('entities', 'an index of type mixedbread needs at least one')
    if (index.type === 'ndjson' && index.file === undefined)
      tell('file', 'an index of type ndjson needs a file')
    for (const [key, types] of KEYS_OF_TYPES) {
      if (index[key] === undefined || types.some((type) => type === index.type)) continue
      tell(key, `is for indexes of type ${types.join(' and ')}`)
    }
  })
  .describe('A search index, under the name that profiles use.')
