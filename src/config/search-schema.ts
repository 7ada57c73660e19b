import { z } from 'zod'
import { parseNode } from './parse-node.ts'
import { parseTableName } from './parse-table-name.ts'
import { durationSchema, isMap, isText, textSchema, wholeNumber } from './schema-parts.ts'

// Every message is written here: zod's own may repeat a value, and values may be secrets.

const PERCENT = 'must be a number from 0 to 100'

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
          'The URLs of its nodes. Without them, the variables TYPESENSE_URL, or TYPESENSE_HOST with TYPESENSE_PORT and TYPESENSE_PROTOCOL, tell them.',
        ),
      key: textSchema
        .optional()
        .describe('An API key: name a variable here. Without it, the variable TYPESENSE_API_KEY is used.'),
      timeouts: z
        .strictObject(
          {
            connect: durationSchema.prefault('5s').describe('How long a small request may take.'),
            request: durationSchema
              .prefault('60s')
              .describe('How long a request that carries documents may take.'),
          },
          isMap,
        )
        .prefault({})
        .describe('How long to wait before a request is repeated.'),
    },
    isMap,
  )
  .prefault({})
  .describe('The Typesense server of search indexes of type typesense.')

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

const batchSchema = z
  .strictObject(
    {
      documents: wholeNumber(1, 10_000)
        .default(1000)
        .describe('How many documents a request carries at most.'),
      bytes: wholeNumber(1000, 100_000_000)
        .default(5_000_000)
        .describe('How many bytes of documents a request carries at most.'),
    },
    isMap,
  )
  .prefault({})
  .describe('How large a request is.')

/** One search index of the file. */
export const searchIndexSchema = z
  .strictObject(
    {
      type: z
        .enum(['typesense', 'ndjson'], { error: 'must be typesense or ndjson' })
        .describe('Where the documents go: a collection of Typesense, or a local file.'),
      query: textSchema
        .optional()
        .describe('A SELECT on the target that gives one row a document. Names of tables need their schema.'),
      table: z
        .string(isText)
        .refine((text) => parseTableName(text) !== undefined, {
          error: 'must name one table, such as public.products or public."Product"',
        })
        .optional()
        .describe('A table or view of which every row is a document, in place of a query.'),
      id: textSchema.default('id').describe('The column that holds the id of a document.'),
      collection: textSchema
        .optional()
        .describe(
          'typesense: the name that searches use, an alias or a collection; the name of the index unless given.',
        ),
      schema: collectionSchema.optional(),
      file: textSchema.optional().describe('ndjson: the file, relative to this one.'),
      maxDeletePercent: z
        .number({ error: PERCENT })
        .min(0, { error: PERCENT })
        .max(100, { error: PERCENT })
        .default(20)
        .describe(
          'Deletes above this share of the index stop the step, unless --allow-mass-delete is given.',
        ),
      maxRejectPercent: z
        .number({ error: PERCENT })
        .min(0, { error: PERCENT })
        .max(100, { error: PERCENT })
        .default(1)
        .describe(
          'typesense: a rebuilt collection with a larger share of rejected documents is not published.',
        ),
      keep: wholeNumber(0, 20)
        .default(1)
        .describe(
          'typesense: how many collections are kept that a rebuild replaced, for `mbsync typesense --rollback`.',
        ),
      batch: batchSchema,
      parallel: wholeNumber(1, 32).default(4).describe('typesense: how many requests run at once.'),
    },
    isMap,
  )
  .superRefine((index, context) => {
    const tell = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if ((index.query === undefined) === (index.table === undefined))
      context.addIssue('either a query or a table must say which documents there are')
    if (index.type === 'ndjson' && index.file === undefined)
      tell('file', 'an index of type ndjson needs a file')
    if (index.type === 'typesense' && index.file !== undefined) tell('file', 'is for indexes of type ndjson')
    if (index.type === 'ndjson' && index.collection !== undefined)
      tell('collection', 'is for indexes of type typesense')
  })
  .describe('A search index by the name that profiles use.')
