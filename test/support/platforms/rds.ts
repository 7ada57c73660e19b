import type { EmulatedPlatform } from './platform.ts'

/** Amazon RDS: the master user is a member of rds_superuser, and of the application's role that owns the tables. */
export const RDS: EmulatedPlatform = {
  name: 'Amazon RDS',
  customer: 'rds_master',
  databaseOwner: 'rds_master',
  rolesSql: `
    CREATE ROLE rdsadmin SUPERUSER; CREATE ROLE rds_superuser; GRANT pg_monitor, pg_signal_backend TO rds_superuser WITH ADMIN OPTION;
    CREATE ROLE app_owner; CREATE ROLE rds_master LOGIN PASSWORD 'rds_master' CREATEDB CREATEROLE; GRANT rds_superuser, app_owner TO rds_master;`,
  schemaSql: `
    CREATE SCHEMA aws_commons AUTHORIZATION rdsadmin; CREATE TABLE aws_commons.jobs (id int PRIMARY KEY);
    ALTER TABLE aws_commons.jobs OWNER TO rdsadmin;
    GRANT ALL ON SCHEMA public TO app_owner; CREATE SCHEMA auth AUTHORIZATION app_owner; CREATE SCHEMA birds AUTHORIZATION app_owner;
    SET ROLE app_owner;
    CREATE TABLE public.migrations (id serial PRIMARY KEY, migration varchar(255) NOT NULL, batch int NOT NULL);
    CREATE TABLE birds.migrations (id int PRIMARY KEY, species text, route text);
    CREATE TABLE auth.users (id int PRIMARY KEY, email text);
    CREATE TABLE public.invoices (id serial PRIMARY KEY, user_id int REFERENCES auth.users, total int);
    RESET ROLE;`,
  productionSql: `
    INSERT INTO public.migrations (migration, batch) VALUES ('2024_create_users', 1);
    INSERT INTO birds.migrations VALUES (1, 'swift', 'south'); INSERT INTO auth.users VALUES (1, 'ada@example.com');
    INSERT INTO public.invoices (user_id, total) VALUES (1, 5);`,
  stagingSql: `
    INSERT INTO public.migrations (migration, batch) VALUES ('2024_create_users', 1), ('2025_add_name', 2);
    ALTER TABLE auth.users ADD nick text; INSERT INTO aws_commons.jobs VALUES (1);`,
  changeSql: `UPDATE birds.migrations SET route = 'north'; INSERT INTO auth.users VALUES (2, 'bob@example.com');`,
  broughtOver: [
    'TABLE birds.migrations',
    'SELECT id, email FROM auth.users ORDER BY 1',
    'TABLE public.invoices',
  ],
  leftAlone: ['TABLE public.migrations ORDER BY 1', 'TABLE aws_commons.jobs'],
  said: [
    'aws_commons: 1 table of Amazon RDS left out',
    'public.migrations: the target has run migrations of Laravel that the source has not run: 2025_add_name',
  ],
  neverAsked: /OWNER TO|superuser can|NOCREATEROLE/,
}
