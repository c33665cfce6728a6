#!/bin/sh
# A private PostgreSQL that lives as long as its standard input.
#
#   postgres.sh --find        prints the folder of initdb and postgres, or fails
#   postgres.sh FOLDER        keeps a server in FOLDER until end of input, then
#                             stops it and removes FOLDER
#   postgres.sh FOLDER --durable   the same with a server as in use: it loses nothing
#                             it has acknowledged, and is started again when it dies,
#                             as a system's keeper of services does
#
# The server listens on a unix socket in FOLDER only; its log is FOLDER/log, and
# FOLDER/failed appears when it could not start or died. Whoever holds the other
# end of the input keeps the server alive; when that process ends, however badly,
# the input ends and nothing is left behind. Nothing written here survives a power
# cut, which is what makes it quick.
set -u

find_programs() {
	for folder in \
		"${KOKKO_PG_BIN:-}" \
		$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -rn) \
		"$(pg_config --bindir 2>/dev/null)" \
		"$(dirname "$(command -v postgres 2>/dev/null || echo /none/postgres)")" \
		$(ls -d /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin 2>/dev/null | sort -r)
	do
		if [ -n "$folder" ] && [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then
			echo "$folder"
			return 0
		fi
	done
	return 1
}

bin=$(find_programs) || {
	echo "PostgreSQL's programs initdb and postgres were not found" >&2
	exit 1
}
if [ "${1:-}" = --find ]; then
	echo "$bin"
	exit 0
fi
folder=${1:?usage: postgres.sh --find | FOLDER [--durable]}
durable=${2:-}

# PostgreSQL refuses to run as root, so root lends the folder to another user.
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
	user=postgres
	id "$user" >/dev/null 2>&1 || user=nobody
	chown -R "$user" "$folder"
	if command -v setpriv >/dev/null 2>&1; then
		as() { setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- "$@"; }
	elif command -v runuser >/dev/null 2>&1; then
		as() { runuser -u "$user" -- "$@"; }
	else
		as() { su "$user" -s /bin/sh -c 'exec "$0" "$@"' -- "$@"; }
	fi
fi

cd "$folder" || exit 1
# A terminal's Ctrl-C reaches the whole group: the end of input is the only signal heeded.
trap '' INT HUP TERM

serve() {
	as "$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= \
		-c shared_buffers=32MB -c max_connections=300 \
		-c jit=off -c timezone=UTC -c log_timezone=UTC "$@"
}

(
	if [ -n "$durable" ]; then
		# One-megabyte pieces of its log, so that a small disk holds it too.
		if as "$bin/initdb" --pgdata="$folder/data" --username=kokko --auth=trust \
			--encoding=UTF8 --locale=C --wal-segsize=1; then
			while [ -d "$folder/data" ] && [ ! -e "$folder/ending" ]; do
				serve -c min_wal_size=2MB -c max_wal_size=32MB -c restart_after_crash=on
				sleep 0.1
			done
		fi
	else
		as "$bin/initdb" --pgdata="$folder/data" --username=kokko --auth=trust \
			--encoding=UTF8 --locale=C --no-sync &&
			serve -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=256MB
	fi
	touch "$folder/failed"
) >"$folder/log" 2>&1 </dev/null &
server=$!

cat >/dev/null
: >"$folder/ending"

# QUIT is PostgreSQL's immediate stop; it heeds it though we ignore the others.
pid=$(head -n1 "$folder/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null
wait "$server" 2>/dev/null
cd / && rm -rf "$folder"
