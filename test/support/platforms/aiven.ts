import type { EmulatedPlatform } from './platform.ts'

/** Aiven: avnadmin owns the database and may replicate; schemas of the host belong to a superuser. */
export const AIVEN: EmulatedPlatform = {
  name: 'Aiven',
  customer: 'avnadmin',
  databaseOwner: 'avnadmin',
  rolesSql: `
    CREATE ROLE _aiven SUPERUSER LOGIN; CREATE ROLE avnadmin LOGIN PASSWORD 'avnadmin' CREATEDB CREATEROLE REPLICATION;
    GRANT pg_monitor, pg_signal_backend TO avnadmin WITH ADMIN OPTION;`,
  schemaSql: `
    CREATE SCHEMA aiven_extras; CREATE TABLE aiven_extras.slots (name text PRIMARY KEY);
    SET ROLE avnadmin;
    CREATE SCHEMA app;
    CREATE TABLE app.schema_migrations (version varchar PRIMARY KEY);
    CREATE TABLE app.ar_internal_metadata (key varchar PRIMARY KEY, value varchar, created_at timestamp NOT NULL, updated_at timestamp NOT NULL);
    CREATE TYPE app.state AS ENUM ('open', 'paid');
    CREATE TABLE app.accounts (id bigserial PRIMARY KEY, email varchar NOT NULL, state app.state DEFAULT 'open');
    CREATE UNIQUE INDEX index_accounts_on_email ON app.accounts (lower(email));
    CREATE TABLE app.events (account_id bigint REFERENCES app.accounts, at timestamptz NOT NULL, body text) PARTITION BY RANGE (at);
    CREATE TABLE app.events_2026 PARTITION OF app.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    RESET ROLE;`,
  productionSql: `
    INSERT INTO aiven_extras.slots VALUES ('live');
    INSERT INTO app.schema_migrations VALUES ('20240101000000'); INSERT INTO app.ar_internal_metadata VALUES ('environment', 'production', now(), now());
    INSERT INTO app.accounts (email, state) VALUES ('Ada@example.com', 'paid'), ('bob@example.com', 'open');
    INSERT INTO app.events VALUES (1, '2026-02-01', 'one'), (1, '2026-02-01', 'one'), (2, '2026-03-01', NULL);`,
  stagingSql: `
    INSERT INTO app.schema_migrations VALUES ('20240101000000'); INSERT INTO app.ar_internal_metadata VALUES ('environment', 'staging', now(), now());
    INSERT INTO app.accounts (email) VALUES ('BOB@example.com');`,
  changeSql: `UPDATE app.accounts SET email = 'ada@new.example' WHERE id = 1; UPDATE app.accounts SET email = 'Ada@example.com' WHERE id = 2;
    DELETE FROM app.events WHERE body IS NULL; INSERT INTO app.events VALUES (2, '2026-12-31 23:59:59.999999+00', 'late');`,
  broughtOver: [
    'TABLE app.accounts ORDER BY 1',
    'SELECT tableoid::regclass::text, * FROM app.events ORDER BY 1, 2, 3, 4',
  ],
  leftAlone: [
    'TABLE app.schema_migrations',
    'SELECT key, value FROM app.ar_internal_metadata',
    'TABLE aiven_extras.slots',
  ],
  said: ['aiven_extras: 1 table of Aiven left out'],
  neverAsked: /OWNER TO|superuser can|ON PARAMETER|NOCREATEROLE/,
}
