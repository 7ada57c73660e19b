import type { EmulatedPlatform } from './platform.ts'

/** Heroku Postgres: one generated role that owns the database and nothing of the host's; extensions live in a schema of their own. */
export const HEROKU: EmulatedPlatform = {
  name: 'Heroku',
  customer: 'u4kq7r0l2c',
  databaseOwner: 'u4kq7r0l2c',
  rolesSql: `
    CREATE ROLE heroku_admin SUPERUSER;
    CREATE ROLE u4kq7r0l2c LOGIN PASSWORD 'u4kq7r0l2c' CONNECTION LIMIT 40; GRANT pg_stat_scan_tables, pg_monitor TO u4kq7r0l2c;`,
  schemaSql: `
    CREATE SCHEMA _heroku AUTHORIZATION heroku_admin; CREATE TABLE _heroku.settings (name text PRIMARY KEY);
    ALTER TABLE _heroku.settings OWNER TO heroku_admin;
    CREATE FUNCTION _heroku.create_ext() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
      PERFORM 1 FROM pg_catalog.pg_extension WHERE extname = 'none'; END $$;
    CREATE EVENT TRIGGER extension_after_create ON ddl_command_end WHEN tag IN ('CREATE EXTENSION') EXECUTE FUNCTION _heroku.create_ext();
    CREATE SCHEMA heroku_ext AUTHORIZATION heroku_admin; GRANT USAGE ON SCHEMA heroku_ext TO PUBLIC;
    CREATE EXTENSION citext SCHEMA heroku_ext; CREATE EXTENSION pg_trgm SCHEMA heroku_ext;
    SET ROLE u4kq7r0l2c;
    CREATE TABLE public.schema_migrations (version varchar NOT NULL PRIMARY KEY);
    CREATE TABLE public.ar_internal_metadata (key varchar PRIMARY KEY, value varchar, created_at timestamp, updated_at timestamp);
    CREATE TABLE public.accounts (id bigserial PRIMARY KEY, email heroku_ext.citext NOT NULL);
    CREATE UNIQUE INDEX ON public.accounts (email heroku_ext.citext_ops);
    CREATE TABLE public.orders (id bigserial PRIMARY KEY, account_id bigint NOT NULL REFERENCES public.accounts, total numeric(10,2));
    CREATE INDEX ON public.accounts USING gin ((email::text) heroku_ext.gin_trgm_ops);
    RESET ROLE;`,
  productionSql: `
    INSERT INTO public.schema_migrations VALUES ('20240101000000'), ('20240201000000');
    INSERT INTO public.ar_internal_metadata VALUES ('environment', 'production');
    INSERT INTO public.accounts (email) VALUES ('Ada@example.com'), ('bob@example.com');
    INSERT INTO public.orders (account_id, total) VALUES (1, 10.50), (2, 3);`,
  stagingSql: `
    INSERT INTO public.schema_migrations VALUES ('20240101000000');
    INSERT INTO public.ar_internal_metadata VALUES ('environment', 'staging');
    INSERT INTO public.accounts (email) VALUES ('tester@example.com');`,
  changeSql: `UPDATE public.accounts SET email = 'ada@example.com' WHERE id = 1; INSERT INTO public.orders (account_id, total) VALUES (1, 7);`,
  broughtOver: ['TABLE public.accounts ORDER BY 1', 'TABLE public.orders ORDER BY 1'],
  leftAlone: [
    'TABLE public.schema_migrations ORDER BY 1',
    'TABLE public.ar_internal_metadata',
    'TABLE _heroku.settings',
  ],
  said: [
    '_heroku: 1 table of Heroku left out',
    'public.schema_migrations: the target has not run migrations of Rails or dbmate that the source has run: 20240201000000',
  ],
  neverAsked: /OWNER TO|superuser can|ON PARAMETER/,
}
