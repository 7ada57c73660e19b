import type { EmulatedPlatform } from './platform.ts'

/** Azure: the administrator is a member of azure_pg_admin, owns neither the database nor schema `cron`, and here lacks the right to replicate. */
export const AZURE: EmulatedPlatform = {
  name: 'Azure',
  customer: 'az_admin',
  databaseOwner: 'azuresu',
  rolesSql: `
    CREATE ROLE azuresu SUPERUSER; CREATE ROLE azure_pg_admin CREATEDB CREATEROLE NOLOGIN; GRANT pg_monitor TO azure_pg_admin WITH ADMIN OPTION;
    CREATE ROLE az_admin LOGIN PASSWORD 'az_admin' CREATEDB CREATEROLE; GRANT azure_pg_admin TO az_admin;`,
  schemaSql: `
    CREATE SCHEMA cron AUTHORIZATION azuresu; CREATE TABLE cron.job (jobid bigserial PRIMARY KEY, command text);
    ALTER TABLE cron.job OWNER TO azuresu; GRANT USAGE ON SCHEMA cron TO az_admin; GRANT SELECT ON cron.job TO az_admin;
    GRANT ALL ON SCHEMA public TO az_admin;
    SET ROLE az_admin;
    CREATE TABLE public."__EFMigrationsHistory" ("MigrationId" varchar(150) PRIMARY KEY, "ProductVersion" varchar(32) NOT NULL);
    CREATE TABLE public."Customers" ("Id" int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Name" text NOT NULL, "Tags" text[]);
    CREATE TABLE public."Orders" ("Id" uuid PRIMARY KEY, "CustomerId" int NOT NULL REFERENCES public."Customers" ON DELETE CASCADE,
      "Total" numeric(18,2), "Doc" jsonb);
    CREATE INDEX "IX_Orders_CustomerId" ON public."Orders" ("CustomerId");
    RESET ROLE;`,
  productionSql: `
    INSERT INTO cron.job (command) VALUES ('VACUUM');
    INSERT INTO public."__EFMigrationsHistory" VALUES ('20240101000000_Init', '8.0.0'), ('20240601000000_Doc', '8.0.0');
    INSERT INTO public."Customers" ("Name", "Tags") VALUES ('Ada', '{a,"b c"}'), ('Bob', NULL);
    INSERT INTO public."Orders" VALUES ('00000000-0000-4000-8000-000000000001', 1, 10.50, '{"a": 1.0}'),
      ('00000000-0000-4000-8000-000000000002', 2, NULL, 'null');`,
  stagingSql: `
    INSERT INTO cron.job (command) VALUES ('SELECT 1'), ('SELECT 2');
    INSERT INTO public."__EFMigrationsHistory" VALUES ('20240101000000_Init', '8.0.0');
    INSERT INTO public."Customers" ("Name") VALUES ('Tester');`,
  changeSql: `DELETE FROM public."Customers" WHERE "Id" = 2; INSERT INTO public."Customers" ("Name") VALUES ('Cy'); UPDATE public."Orders" SET "Total" = 11;`,
  broughtOver: ['TABLE public."Customers" ORDER BY 1', 'TABLE public."Orders" ORDER BY 1'],
  leftAlone: ['TABLE public."__EFMigrationsHistory" ORDER BY 1', 'TABLE cron.job ORDER BY 1'],
  said: [
    'cron: 1 table of Azure left out',
    'public."__EFMigrationsHistory": the target has not run migrations of Entity Framework that the source has run: 20240601000000_Doc',
    'On Azure the administrator, a member of azure_pg_admin with REPLICATION, may set it',
  ],
  neverAsked: /OWNER TO|superuser can|ON PARAMETER|NOCREATEROLE/,
}
