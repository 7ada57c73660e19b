import { z } from 'zod'
import { findUrlProblem } from '../read/find-url-problem.ts'
import { isMap, isText, nameSchema } from './schema-parts.ts'

const urlSchema = z.string(isText).superRefine((url, context) => {
  const problem = findUrlProblem(url)
  if (problem !== undefined) context.addIssue(problem)
})

/** One database of the file. */
export const databaseSchema = z
  .strictObject(
    {
      url: urlSchema.describe(
        'A postgres:// or postgresql:// URL, or a connection string of libpq. It holds a password: name a variable here and keep the URL in .env.',
      ),
      protected: z
        .boolean({ error: 'must be true or false' })
        .default(false)
        .describe('Whether mbsync must never write this database, in any profile; no flag overrides this.'),
      maintenanceUrl: urlSchema
        .optional()
        .describe(
          'A URL of another database of the same server, through which a swap creates, renames and drops databases. Without it, mbsync connects to `postgres` or `template1` as in `url`.',
        ),
      trust: z
        .array(nameSchema, { error: 'must be a list of names of roles' })
        .optional()
        .describe(
          'The roles whose functions mbsync may call with its own rights. Tables of other roles are read by plain COPY only: in full. Without the key, a role that may do all that mbsync may do there is trusted.',
        ),
    },
    isMap,
  )
  .describe('A database, under the name that profiles use.')
