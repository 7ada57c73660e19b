import { literally } from '../read/expand-variables.ts'

/** A line of a list in a comment, with a remark behind it. */
export interface RemarkedName {
  readonly name: string
  readonly remark: string
}

/** What a first `mbsync.yaml` says of a source that was looked at. Names stand as people read them, patterns as `exclude` takes them. */
export interface FirstConfig {
  /** Roles in whose hands tables are, and that mbsync does not trust by itself. */
  readonly untrusted: readonly string[]
  readonly schemas: readonly RemarkedName[]
  /** Schemas of the host and of extensions, which are left out unless they are included. */
  readonly platforms: readonly RemarkedName[]
  /** Patterns of histories of migrations. */
  readonly histories: readonly string[]
  /** Patterns that may be left out. */
  readonly passing: readonly RemarkedName[]
  readonly largest: readonly RemarkedName[]
  /** Tables with the columns whose names sound personal. */
  readonly personal: readonly RemarkedName[]
}

/** The text of a first `mbsync.yaml` for a source that was looked at. */
export function firstConfig(config: FirstConfig): string {
  const { untrusted, schemas, platforms, histories, passing, largest, personal } = config
  return `# yaml-language-server: $schema=./node_modules/mbsync/docs/mbsync.schema.json
#
# What mbsync copies, from where to where. \`mbsync init\` wrote this file after it inspected the source.
# Every key is described in docs/CONFIGURATION.md of the package; \`mbsync init --blank --force\` writes a file that shows all of them.
# \${NAME} is replaced by a variable of the environment or of .env.

databases:
  production:
    url: "\${PRODUCTION_DATABASE_URL}"
    protected: true # never written, by any profile
${trustLines(untrusted)}  staging:
    url: "\${STAGING_DATABASE_URL}"

profiles:
  prod-to-staging: # run it with: mbsync sync prod-to-staging
    from: production
    to: staging

    # Which tables, as schema.table with * and ?. These are all that the source has; later ones of these schemas are included.
    include:
${items(schemas)}

${commented("Left out, because they are not the application's own. To copy one, or a single table of it, add it to include:", platforms)}\
    # What exclude names is left alone on the target, whatever is there.
    exclude: []
${historyLines(histories)}
${commented('Staging may not need the rows of these tables. To leave one out, move it to exclude:', passing)}\
${commented('The largest tables. To copy only some of their rows, see where:', largest)}\
    # Which rows of a table, as SQL conditions on the source. All rows unless given.
    where: {}
    # where:
    #   'public."Event"': created_at > now() - interval '30 days'

${commented('Columns that may hold personal data, by their names. They are copied unmasked unless they have a mask; mbsync privacy --write adds masks:', personal)}\
    jobs: 4 # connections that read the source, and as many that write the target: 1 to 32
    undo:
      keep: 3 # how many runs \`mbsync rollback\` can undo, one after the other
    backup: undo # or dump: also write the tables of the target to disk before each run
`
}

/** Whom to trust is the user's decision, so the line is a comment. */
function trustLines(roles: readonly string[]): string {
  if (roles.length === 0) return ''
  return [
    "    # Tables of these roles are copied in full in each run, because a query could run the roles' functions with mbsync's rights.",
    '    # If mbsync may run them, remove the #; runs then read only what changed.',
    `    # trust: [${roles.map((role) => inComment(quoted(role))).join(', ')}]`,
    '',
  ].join('\n')
}

function items(names: readonly RemarkedName[]): string {
  return names.map(({ name, remark }) => `      - ${quoted(name)} # ${inComment(remark)}`).join('\n')
}

function historyLines(patterns: readonly string[]): string {
  if (patterns.length === 0) return ''
  return [
    '    # Runs leave histories of migrations alone, because the target has its own. A run that creates the schema copies them:',
    ...patterns.map((pattern) => `    #   - ${inComment(quoted(pattern))}`),
    '',
  ].join('\n')
}

/** A list in a comment, or nothing if it is empty. */
function commented(head: string, names: readonly RemarkedName[]): string {
  if (names.length === 0) return ''
  const lines = names.map(({ name, remark }) => `    #   - ${inComment(quoted(name))} # ${inComment(remark)}`)
  return `${[`    # ${head}`, ...lines].join('\n')}\n\n`
}

/** YAML in single quotes; in double ones where a name has characters that no line can have. Nothing in it is a variable. */
function quoted(value: string): string {
  const text = literally(value)
  return CONTROL.test(text) ? JSON.stringify(text) : `'${text.replaceAll("'", "''")}'`
}

const CONTROL = /[\p{Control}\p{Line_Separator}\p{Paragraph_Separator}]/u

/** A name with a line break must not end the comment. */
function inComment(text: string): string {
  return text.replaceAll(new RegExp(CONTROL, 'gu'), '?')
}
