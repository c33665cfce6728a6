#!/usr/bin/env bash
# Runs a command with one private PostgreSQL for all of it:
#
#   tools/withpg.sh go test ./...
#
# The command finds the server in KOKKO_TEST_PG. A server named there already is
# used as it is.
set -euo pipefail

if [ -n "${KOKKO_TEST_PG:-}" ]; then
  exec "$@"
fi

keeper="$(cd "$(dirname "$0")/.." && pwd)/ground/store/storetest/postgres.sh"
bin=$(sh "$keeper" --find)
folder=$(mktemp -d /tmp/kokko-pg-XXXXXX)

# The keeper reads from descriptor 9, which only this process holds open: the
# command is started without it, so nothing it leaves running can hold it.
mkfifo "$folder.life"
exec 8<&0
sh "$keeper" "$folder" <"$folder.life" >/dev/null 2>&1 8<&- &
keeper_pid=$!
exec 9>"$folder.life"
rm "$folder.life"

finish() {
  exec 9>&-
  wait "$keeper_pid" 2>/dev/null || true
}
trap finish EXIT

for _ in $(seq 600); do
  [ -e "$folder/failed" ] && break
  [ -x "$bin/pg_isready" ] || { [ -S "$folder/.s.PGSQL.5432" ] && break; }
  "$bin/pg_isready" -q -h "$folder" -U kokko -d postgres 2>/dev/null && break
  sleep 0.1
done
if [ -e "$folder/failed" ] || [ ! -S "$folder/.s.PGSQL.5432" ]; then
  echo "PostgreSQL did not start:" >&2
  tail -n 20 "$folder/log" >&2 || true
  exit 1
fi

export KOKKO_TEST_PG="postgres://kokko@/postgres?host=$folder"
"$@" 9>&- <&8
