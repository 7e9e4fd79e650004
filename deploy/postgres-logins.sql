-- Run once, by the first start of the PostgreSQL image, as its superuser in the product's database.
-- Two logins: the owner migrates the schema; the service, as which the API and the workers log in,
-- owns nothing and may do what sequestre_app may (db/migrations/0005_privileges.sql).

\set ON_ERROR_STOP on
\getenv owner_password OWNER_PASSWORD
\getenv service_password SERVICE_PASSWORD

CREATE ROLE sequestre_app NOLOGIN;
CREATE ROLE sequestre_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE sequestre_service LOGIN PASSWORD :'service_password';
GRANT sequestre_app TO sequestre_owner, sequestre_service;
ALTER DATABASE :"DBNAME" OWNER TO sequestre_owner;
