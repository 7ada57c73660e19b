import type { EmulatedPlatform } from './platform.ts'

/** Neon: the customer owns the database, is a member of neon_superuser, and nobody may set session_replication_role. */
export const NEON: EmulatedPlatform = {
  name: 'Neon',
  customer: 'neondb_owner',
  databaseOwner: 'neondb_owner',
  rolesSql: `
    CREATE ROLE cloud_admin SUPERUSER; CREATE ROLE neon_superuser CREATEDB CREATEROLE BYPASSRLS REPLICATION NOLOGIN;
    GRANT pg_read_all_data, pg_write_all_data, pg_monitor TO neon_superuser;
    CREATE ROLE neondb_owner LOGIN PASSWORD 'neondb_owner' CREATEDB CREATEROLE BYPASSRLS REPLICATION; GRANT neon_superuser TO neondb_owner;`,
  schemaSql: `
    CREATE SCHEMA neon_auth AUTHORIZATION cloud_admin;
    CREATE TABLE neon_auth.users_sync (id text PRIMARY KEY, email text); ALTER TABLE neon_auth.users_sync OWNER TO cloud_admin;
    GRANT USAGE ON SCHEMA neon_auth TO neondb_owner; GRANT SELECT ON neon_auth.users_sync TO neondb_owner;
    SET ROLE neondb_owner;
    CREATE TABLE public."_prisma_migrations" (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
      migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(),
      applied_steps_count int NOT NULL DEFAULT 0);
    CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
    CREATE TABLE public.author (id serial PRIMARY KEY, name text NOT NULL);
    CREATE TABLE public.post (id uuid PRIMARY KEY, author_id int NOT NULL REFERENCES public.author ON DELETE CASCADE, title text);
    ALTER TABLE public.post ENABLE ROW LEVEL SECURITY;
    RESET ROLE;`,
  productionSql: `
    INSERT INTO neon_auth.users_sync VALUES ('1', 'live@example.com');
    INSERT INTO public."_prisma_migrations" (id, checksum, migration_name, finished_at) VALUES ('m1', 'c', '20240101_init', now());
    INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('abc', 1700000000000);
    INSERT INTO public.author (name) VALUES ('Ada'), ('Bob');
    INSERT INTO public.post VALUES ('00000000-0000-4000-8000-000000000001', 1, 'One'), ('00000000-0000-4000-8000-000000000002', 2, 'Two');`,
  stagingSql: `
    INSERT INTO public."_prisma_migrations" (id, checksum, migration_name, finished_at)
      VALUES ('s1', 'c', '20240101_init', now()), ('s2', 'c', '20240601_add_subtitle', now()), ('s3', 'c', '20240701_failed', NULL);
    ALTER TABLE public.post ADD subtitle text; INSERT INTO public.author (name) VALUES ('Tester');`,
  changeSql: `UPDATE public.author SET name = 'Adele' WHERE id = 1; DELETE FROM public.author WHERE id = 2; INSERT INTO public.author (name) VALUES ('Cy');`,
  broughtOver: ['TABLE public.author ORDER BY 1', 'SELECT id, author_id, title FROM public.post ORDER BY 1'],
  leftAlone: [
    'SELECT id, migration_name FROM public."_prisma_migrations" ORDER BY 1',
    'TABLE drizzle.__drizzle_migrations',
    'TABLE neon_auth.users_sync',
  ],
  said: [
    'neon_auth: 1 table of Neon left out',
    'public._prisma_migrations: the target has run migrations of Prisma that the source has not run: 20240601_add_subtitle',
    'drizzle.__drizzle_migrations: the target has not run migrations of Drizzle that the source has run: 1700000000000',
  ],
  neverAsked: /OWNER TO|superuser can|ON PARAMETER|NOCREATEROLE/,
}
