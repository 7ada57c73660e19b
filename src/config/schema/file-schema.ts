import { z } from 'zod'
import { FINDING_CODES, type FindingCode } from '../../core/finding-codes.ts'
import { parseTablePattern } from '../../core/table-pattern.ts'
import { didYouMean } from '../read/did-you-mean.ts'
import { databaseSchema } from './database-schema.ts'
import { maskSchema } from './mask-schema.ts'
import { notifySchema } from './notify-schema.ts'
import { columnsSchema, deletesSchema, keepSchema, whereSchema } from './rules-by-table.ts'
import {
  daysSchema,
  durationSchema,
  isMap,
  isText,
  nameSchema,
  textSchema,
  wholeNumber,
} from './schema-parts.ts'
import { mixedbreadSchema, searchIndexSchema, typesenseSchema } from './search-schema.ts'

const patternSchema = z.string(isText).transform((text, context) => {
  const pattern = parseTablePattern(text)
  if (pattern === undefined) {
    context.addIssue('must be a pattern such as public.* or public."Odd.Name"; for all schemas write *.name')
  }
  return pattern ?? z.NEVER
})
const patternsSchema = z.array(patternSchema, { error: "must be a list of patterns, such as ['public.*']" })

const CODES = Object.keys(FINDING_CODES) as FindingCode[]

const acceptSchema = z.array(
  z.enum(CODES, { error: ({ input }) => `no finding has this code${didYouMean(String(input), CODES)}` }),
  { error: 'must be a list of codes, such as [merge-as-owner]' },
)

const timeoutsSchema = z
  .strictObject(
    {
      connect: durationSchema
        .prefault('10s')
        .describe('How long to wait for a connection: 500ms, 10s, 5m, 1h.'),
      lock: durationSchema
        .prefault('30s')
        .describe('How long a statement may wait for a lock: 500ms, 10s, 5m, 1h.'),
      silence: durationSchema
        .refine((durationMs) => durationMs >= 1000, { error: 'must be at least 1s' })
        .prefault('5m')
        .describe(
          'How long a server may send nothing before mbsync asks whether it still executes the statement: 30s, 5m, 1h.',
        ),
      switch: durationSchema
        .prefault('10s')
        .describe('How long a swap waits for the sessions of the target to end: 2s, 10s, 1m.'),
    },
    isMap,
  )
  .prefault({})
  .describe('How long to wait before a run fails.')

const undoSchema = z
  .strictObject(
    {
      keep: wholeNumber(0, 100)
        .default(3)
        .describe('How many runs can be rolled back; 0 keeps nothing for a rollback.'),
    },
    isMap,
  )
  .prefault({})
  .describe('What is kept in the target for `mbsync rollback`.')

const swapSchema = z
  .strictObject(
    {
      keep: wholeNumber(0, 10)
        .default(1)
        .describe('How many replaced databases are kept for `mbsync rollback`; 0 drops each at once.'),
      locale: z
        .enum(['source', 'target'], { error: 'must be source or target' })
        .default('source')
        .describe(
          'Whose locale the new database gets: that of the source, or that of the target, for a server that lacks that locale.',
        ),
      verify: z
        .enum(['counts', 'full'], { error: 'must be counts or full' })
        .default('counts')
        .describe(
          'What mbsync compares between source and new database before the switch: row counts, or every value.',
        ),
      auto: z
        .enum(['allow', 'never'], { error: 'must be allow or never' })
        .default('never')
        .describe(
          'Whether `strategy: auto` may choose a swap if the schemas differ or most rows have changed. A swap ends the sessions of the target once.',
        ),
      publications: z
        .boolean({ error: 'must be true or false' })
        .default(false)
        .describe('Whether the new database gets the publications of the target.'),
    },
    isMap,
  )
  .prefault({})
  .describe('How a new database replaces the target, if `strategy` is swap.')

const incrementalSchema = z
  .strictObject(
    {
      recheck: wholeNumber(1, 1000)
        .default(7)
        .describe(
          'How often the rows of the target are read again to find writes by others, whatever its statistics say: at the latest in every n-th run.',
        ),
    },
    isMap,
  )
  .prefault({})
  .describe('How tables are read incrementally.')

const backupsSchema = z
  .strictObject(
    {
      folder: z
        .string(isText)
        .refine((folder) => folder.trim() !== '', { error: 'must be the path of a folder' })
        .default('backups')
        .describe('The folder of the dumps that runs write beforehand, relative to this file.'),
      keep: z
        .strictObject(
          {
            last: wholeNumber(1, 1000).default(3).describe('How many of the newest of each target are kept.'),
            days: daysSchema(10_000)
              .default(0)
              .describe('Dumps younger than this many days, or than a duration such as 36h, are also kept.'),
          },
          isMap,
        )
        .prefault({})
        .describe('Which dumps are kept: those that either rule keeps.'),
    },
    isMap,
  )
  .prefault({})
  .describe('The dumps of the target that runs write beforehand, if `backup` is dump.')

/** One profile of the file. Parsing `{ from, to }` alone gives every default. */
export const profileSchema = z
  .strictObject(
    {
      from: z.string(isText).describe('The name of the source database. mbsync only reads it.'),
      to: z.string(isText).describe('The name of the target database, which mbsync writes.'),
      include: patternsSchema.prefault(['*.*']).describe('Tables to copy, as schema-qualified patterns.'),
      exclude: patternsSchema.prefault([]).describe('Tables to leave out, as schema-qualified patterns.'),
      where: whereSchema
        .prefault({})
        .describe('SQL conditions that the rows of a table must meet, by table name.'),
      keep: keepSchema
        .prefault({})
        .describe(
          'Rows of the target that no run changes or deletes, by table name: an SQL condition over the row, or true for the whole table.',
        ),
      deletes: deletesSchema
        .prefault('follow')
        .describe(
          'What happens to rows that only the target has, in all tables or by table name: follow deletes them, keep leaves them.',
        ),
      columns: columnsSchema.prefault({}).describe('Columns to leave out of a table, by table name.'),
      mask: maskSchema
        .prefault({})
        .describe(
          'What replaces the values of columns before they leave the source, by table name and column: a ready-made mask or an SQL expression.',
        ),
      privacy: z
        .enum(['report', 'strict'], { error: 'must be report or strict' })
        .default('report')
        .describe(
          'What `check` and runs do if columns that look personal are neither masked nor accepted: continue, or refuse to run.',
        ),
      drift: z
        .enum(['refuse', 'skip'], { error: 'must be refuse or skip' })
        .default('refuse')
        .describe(
          'What a run does if tables do not fit into the target: refuse to run, or skip them and the tables that foreign keys tie to them.',
        ),
      strategy: z
        .enum(['auto', 'merge', 'load', 'swap'], { error: 'must be auto, merge, load or swap' })
        .default('auto')
        .describe(
          'How the target is written: merge writes what differs, while readers continue; load copies straight into tables that are all empty, whose readers wait meanwhile; swap builds a new database and renames it; auto loads where possible, and merges otherwise.',
        ),
      swap: swapSchema,
      accept: acceptSchema
        .prefault([])
        .describe('Codes of notes and warnings that are not shown, as `mbsync check` prints them.'),
      jobs: wholeNumber(1, 32)
        .default(4)
        .describe('How many connections read the source, and as many write the target.'),
      timeouts: timeoutsSchema,
      incremental: incrementalSchema,
      undo: undoSchema,
      backup: z
        .enum(['undo', 'dump'], { error: 'must be undo or dump' })
        .default('undo')
        .describe(
          'How a run preserves what it changes: in an undo set in the target, or also in a dump of the tables on disk.',
        ),
      schema: z
        .enum(['check', 'create', 'follow'], { error: 'must be check, create or follow' })
        .default('check')
        .describe(
          'What a run does if the target lacks tables: refuse to run; create them as they are in the source, with all that they need; or also adapt existing tables to the source, where nothing is lost.',
        ),
      owner: z
        .enum(['connecting role', 'source'], { error: 'must be connecting role or source' })
        .default('connecting role')
        .describe(
          'Who owns what a run creates: the role of the URL, or the role that owns it in the source.',
        ),
      grants: z
        .enum(['none', 'source'], { error: 'must be none or source' })
        .default('none')
        .describe('Which privileges other roles get on what a run creates: none, or those of the source.'),
      largeObjects: z
        .enum(['leave', 'copy'], { error: 'must be leave or copy' })
        .default('leave')
        .describe('Whether to copy the large objects that columns of type oid or lo refer to.'),
      after: z
        .union([textSchema.transform((pattern) => [pattern]), z.array(textSchema)], {
          error: 'must be a path, or a list of paths, such as migrations/*.sql',
        })
        .prefault([])
        .describe(
          'SQL files that run after the rows, in this order, by paths relative to this file; `*` and `?` match any characters of a name.',
        ),
      search: z
        .array(z.string(isText), { error: 'must be a list of names of search indexes' })
        .default([])
        .describe('The names of the search indexes to update after each run.'),
    },
    isMap,
  )
  .describe('A named source → target pair with its rules.')

/** The whole of `mbsync.yaml`, after references are replaced. */
export const fileSchema = z
  .strictObject(
    {
      databases: z.record(nameSchema, databaseSchema, isMap).default({}).describe('The databases, by name.'),
      profiles: z.record(nameSchema, profileSchema, isMap).default({}).describe('The profiles, by name.'),
      backups: backupsSchema,
      search: z
        .record(nameSchema, searchIndexSchema, isMap)
        .default({})
        .describe('The search indexes, by name.'),
      typesense: typesenseSchema,
      mixedbread: mixedbreadSchema,
      notify: notifySchema,
    },
    {
      error:
        'the file must be a map with the keys databases, profiles, backups, search, typesense, mixedbread and notify',
    },
  )
  .describe('The configuration of mbsync.')

/** A valid file: patterns, durations and table names parsed, defaults filled in. */
export type ConfigFile = z.output<typeof fileSchema>
