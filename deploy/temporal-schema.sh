#!/bin/sh
# Creates or upgrades the two databases of the Temporal server. Safe to run again.
set -eu

tool() {
    temporal-sql-tool --plugin postgres12 --ep "$SQL_HOST" -p 5432 -u "$SQL_USER" "$@"
}

prepare() {
    tool --db "$1" create || true # it may be there already
    tool --db "$1" setup-schema -v 0.0 || true
    tool --db "$1" update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

prepare temporal temporal
prepare temporal_visibility visibility
