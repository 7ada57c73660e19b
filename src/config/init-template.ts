/** The text of a first `mbsync.yaml`, with every key. It says what is built in, so it changes nothing until edited. */
export const INIT_TEMPLATE = `# yaml-language-server: $schema=./node_modules/mbsync/docs/mbsync.schema.json
#
# What mbsync brings from where to where. Every key is described in docs/CONFIGURATION.md of the package.
# \${NAME} is replaced by a variable of the environment or of .env, \${NAME:-text} by the text if it is not set.

databases:
  production:
    url: "\${PRODUCTION_DATABASE_URL}"
    protected: true # never written, by any profile
  staging:
    url: "\${STAGING_DATABASE_URL}"
    protected: false

profiles:
  prod-to-staging: # run it with: mbsync sync prod-to-staging
    from: production
    to: staging

    # Which tables, as schema.table with * and ?. What exclude names is left alone on the target.
    include: ['*.*']
    exclude: []
    # exclude: ['*.audit_log', 'public."Session"']

    # Which rows of a table, as SQL conditions on the source. All rows unless given.
    where: {}
    # where:
    #   'public."Event"': created_at > now() - interval '30 days'

    jobs: 4 # connections that read the source, and as many that write the target: 1 to 32
    timeouts:
      connect: 10s
      lock: 30s
    undo:
      keep: 3 # how many runs \`mbsync rollback\` can undo, one after the other
    backup: undo # or dump: also write the tables of the target to disk before each run

backups: # where those dumps go, relative to this file
  folder: backups
  keep:
    last: 3
    days: 0
`
