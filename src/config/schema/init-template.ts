/** The text of a first `mbsync.yaml`, with every key. It says what is built in, so it changes nothing until edited. */
export const INIT_TEMPLATE = `# yaml-language-server: $schema=./node_modules/mbsync/docs/mbsync.schema.json
#
# What mbsync brings from where to where. Every key is described in docs/CONFIGURATION.md of the package.
# \${NAME} is replaced by a variable of the environment or of .env, \${NAME:-text} by the text if it is not set.

databases:
  production:
    url: "\${PRODUCTION_DATABASE_URL}"
    protected: true # never written, by any profile
    # maintenanceUrl: "\${PRODUCTION_ADMIN_URL}" # of a target: over which a swap renames databases
    # trust: [app_owner] # roles whose functions mbsync may call; tables of others are copied in full
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

    # Rows of the target's own, which no run changes or deletes: an SQL condition, or true for the whole table.
    keep: {}
    # keep:
    #   'public."ApiKey"': environment = 'staging'
    #   'public."FeatureFlag"': true
    deletes: follow # or keep: leave rows that only the target has; also by table name

    # Columns to leave out of a table: the target keeps what it has in them.
    columns: {}
    # columns:
    #   'public."Part"':
    #     exclude: [legacy]
    # What the values of columns become before they leave the source: see docs/PRIVACY.md. mbsync privacy suggests masks.
    mask: {}
    # mask: # the key of hashes is MBSYNC_MASK_KEY
    #   'public."User"':
    #     email: email
    privacy: report # or strict: refuse columns that look personal and are neither masked nor accepted
    drift: refuse # or skip: leave tables that do not fit into the target as they are
    strategy: auto # or merge: readers never wait; or load: only into tables that are all empty; or swap
    swap: # where strategy is swap: a new database is built and takes the name of the target
      keep: 1 # how many replaced databases are kept for \`mbsync rollback\`
      locale: source # or target: whose locale the new database has
      verify: counts # or full: compare every value with the source before the new database takes the name
      auto: never # or allow: strategy auto may choose a swap, where the schemas differ or most rows have changed
      publications: false # or true: the new database gets the publications that the target has
    accept: [] # codes of notes and warnings that are not shown

    jobs: 4 # connections that read the source, and as many that write the target: 1 to 32
    timeouts:
      connect: 10s
      lock: 30s
      silence: 5m
      switch: 10s # how long a swap waits for the sessions of the target to end
    incremental:
      recheck: 7 # runs after which the rows of the target are read again, whatever its statistics say
    undo:
      keep: 3 # how many runs \`mbsync rollback\` can undo, one after the other
    backup: undo # or dump: also write the tables of the target to disk before each run
    schema: check # or create: create tables that the target does not have, as they are in the source
    owner: connecting role # or source: who owns what is created
    grants: none # or source: the privileges of other roles on it
    largeObjects: leave # or copy: also bring those that columns of type oid or lo refer to

    after: [] # SQL files that run after the rows, relative to this file
    # after: [migrations/*.sql]
    search: [] # the search indexes that are brought up to date after each run
    # search: [products]

backups: # where those dumps go, relative to this file
  folder: backups
  keep:
    last: 3
    days: 0

# Search indexes: what a query on the target gives is sent to a collection of Typesense, or written to a file.
# search:
#   products:
#     type: typesense # or mixedbread, or ndjson
#     collection: products # the name that searches use
#     query: |
#       SELECT p.id, p.name, p.price::float8 AS price, extract(epoch FROM p."createdAt")::bigint AS created
#       FROM public."Product" AS p
#     # table: public."Product" # instead of a query
#     id: id # the column of the ids
#     keys: { 'public."Product"': id } # the id of the document that a row takes part in
#     schema: # in the terms of Typesense; without it, an existing collection is used as it is
#       fields:
#         - { name: name, type: string }
#         - { name: price, type: float, optional: true }
#         - { name: created, type: int64 }
#       default_sorting_field: created
#     import: { dirty_values: reject } # parameters of the import, in the terms of Typesense
#     # file: products.ndjson # of an index of type ndjson
#     maxDeletePercent: 20 # more deletes than that stop the step
#     maxRejectPercent: 1 # more rejects than that keep a rebuilt collection from being published
#     keep: 1 # collections that a rebuild replaced
#     batch:
#       documents: 1000
#       bytes: 5000000
#     parallel: 4 # requests at once
#   semantic:
#     type: mixedbread
#     store: app # its name or id; else MXBAI_STORE_ID
#     entities: # types of documents; what follows the keys is SQL over the columns of a row
#       material:
#         table: public."Material" # or a query
#         id: id
#         global: is_global = true # rows for everybody; all others belong to their tenant
#         tenant: tenant_id
#         text: concat_ws(E'\\n\\n', title, body)
#         metadata: { title: title }

# The Typesense server; all of it can come from TYPESENSE_URL and TYPESENSE_API_KEY.
# typesense:
#   nodes: ['https://search.example.com']
#   key: "\${TYPESENSE_API_KEY}"
#   timeouts:
#     connect: 5s
#     request: 60s
#     ready: 10m # a server that starts and replays its log

# The account at Mixedbread; the key can come from MXBAI_API_KEY.
# mixedbread:
#   key: "\${MXBAI_API_KEY}"
#   url: https://api.mixedbread.com
#   timeout: 60s
#   ratePercent: 100 # less where others share the rates of the account

# Where to report how runs end.
# notify:
#   webhooks:
#     team:
#       url: "\${SLACK_WEBHOOK_URL}"
#       format: slack # or discord, or json
#       when: problem # or always
#       profiles: [prod-to-staging] # all of them unless given
#   pings:
#     healthchecks:
#       start: "\${PING_URL}/start"
#       success: "\${PING_URL}"
#       failure: "\${PING_URL}/fail"
#   metricsFile: /var/lib/prometheus/node-exporter/mbsync.prom
#   timeout: 10s
`
