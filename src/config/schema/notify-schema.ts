import { z } from 'zod'
import { durationSchema, isMap, isText, nameSchema, textSchema } from './schema-parts.ts'

const urlSchema = z.string(isText).refine((url) => URL.canParse(url) && /^https?:\/\//i.test(url), {
  error: 'must be an http:// or https:// URL',
})

const profilesSchema = z
  .array(z.string(isText), { error: 'must be a list of names of profiles' })
  .optional()
  .describe('Only runs of these profiles are reported there; all runs unless given.')

const webhookSchema = z
  .strictObject(
    {
      url: urlSchema.describe('Where a request is sent. It holds a secret: name a variable here.'),
      format: z
        .enum(['json', 'slack', 'discord'], { error: 'must be json, slack or discord' })
        .default('json')
        .describe(
          'The content of the request: all facts as JSON, or a message in the format of Slack or Discord.',
        ),
      when: z
        .enum(['problem', 'always'], { error: 'must be problem or always' })
        .default('problem')
        .describe('Which endings are reported: those with an exit status other than 0, or all.'),
      profiles: profilesSchema,
    },
    isMap,
  )
  .describe('A URL that gets a report when a run ends.')

const pingSchema = z
  .strictObject(
    {
      start: urlSchema.optional().describe('Requested when a run starts.'),
      success: urlSchema.optional().describe('Requested when a run ends with exit status 0.'),
      failure: urlSchema.optional().describe('Requested when a run ends with any other exit status.'),
      profiles: profilesSchema,
    },
    isMap,
  )
  .describe('URLs of a service that expects a request for every run, and alerts when none comes.')

/** Who is told of runs, and where their figures are written. */
export const notifySchema = z
  .strictObject(
    {
      webhooks: z.record(nameSchema, webhookSchema, isMap).default({}).describe('Webhooks, by name.'),
      pings: z.record(nameSchema, pingSchema, isMap).default({}).describe('Services to ping, by name.'),
      metricsFile: textSchema
        .optional()
        .describe('A file for the textfile collector of Prometheus, relative to this file.'),
      timeout: durationSchema
        .prefault('10s')
        .describe('How long a request may take, including its repetitions: 500ms, 10s, 5m.'),
    },
    isMap,
  )
  .prefault({})
  .describe('Where to report how runs end. A failure here is a warning, and changes nothing.')
