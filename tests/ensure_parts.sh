#!/bin/sh
# Installs the real parts that some tests drive, where we may; says which are missing where not.
set -eu

missing=
command -v chromium >/dev/null 2>&1 || missing="chromium fonts-liberation fonts-noto-color-emoji"
command -v pgbouncer >/dev/null 2>&1 || missing="$missing pgbouncer"
# The wheel's PostgreSQL has no TLS; Debian's has.
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
test -n "$missing" || exit 0

if test "$(id -u)" = 0 && command -v apt-get >/dev/null 2>&1; then
    echo "Installing for the tests: $missing"
    # RUNLEVEL=1 keeps Debian from starting pgbouncer as a service (invoke-rc.d(8)).
    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of packages
    apt-get install -qq -y --no-install-recommends $missing >/dev/null
else
    echo "Missing, so the tests that need them are skipped by name:$missing"
    echo "On Debian: apt-get install $missing"
fi
