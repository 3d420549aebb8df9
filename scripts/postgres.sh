#!/usr/bin/env bash
# A PostgreSQL server for tests and figures, on a socket of its own, as an unprivileged user.
#   scripts/postgres.sh start [NAME]   starts it unless it runs; prints its address
#   scripts/postgres.sh stop [NAME]    stops it and removes its data
# NAME (default: tests) tells servers apart. It stops by itself when nobody has used it for ten
# minutes. ENLACE_PG_OPTIONS are passed to the server ("-c fsync=on").
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh

name=${2:-tests}
# A socket's path has at most 107 bytes: the data lie in a short place of their own.
home=${TMPDIR:-/tmp}/enlace-pg-$(id -u)-$name
bin=

find_binaries() {
  local folder
  for folder in "$(dirname "$(command -v postgres || echo /none/none)")" /usr/lib/postgresql/*/bin; do
    if [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ]; then
      bin=$folder
    fi
  done
  [ -n "$bin" ]
}

# The server refuses to run as root.
as_server() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid nobody --regid nogroup --clear-groups -- "$@"
  else
    "$@"
  fi
}

# The socket's folder as host: no other server on this machine is asked.
address() { printf 'postgres://enlace@%s/enlace\n' "${home//\//%2F}%2Fsocket"; }

runs() { [ -f "$home/data/postmaster.pid" ] && as_server "$bin/pg_ctl" -D "$home/data" status >/dev/null 2>&1; }

start() {
  find_binaries || { install_packages postgresql; find_binaries; } || fail "PostgreSQL 15 or newer is needed"
  if runs; then
    touch "$home/used"
    address
    return
  fi
  rm -rf "$home"
  mkdir -p "$home/data" "$home/socket"
  touch "$home/used"
  [ "$(id -u)" = 0 ] && chown -R nobody:nogroup "$home"
  chmod 700 "$home/data"
  (
    cd "$home"
    as_server "$bin/initdb" -D "$home/data" -U enlace -A trust -E UTF8 --locale=C --no-sync
    # What tests keep need not outlive the machine; figures and drills turn this on again.
    as_server "$bin/pg_ctl" -D "$home/data" -l "$home/log" -w -t 60 \
      -o "-c listen_addresses='' -c unix_socket_directories='$home/socket' -c max_connections=300 \
          -c fsync=off -c full_page_writes=off -c shared_buffers=256MB -c max_wal_size=2GB \
          -c autovacuum_naptime=5s ${ENLACE_PG_OPTIONS:-}" start
    as_server "$bin/psql" -q -h "$home/socket" -U enlace -d postgres -c 'CREATE DATABASE enlace' 2>/dev/null ||
      as_server "$bin/createdb" -h "$home/socket" -U enlace enlace
  ) >"$home/start.log" 2>&1 </dev/null 9>&- || { cat "$home/start.log" "$home/log" >&2; fail "PostgreSQL does not start"; }
  # Nobody has to remember to stop it.
  (
    cd /
    while sleep 30 && runs; do
      if [ $(($(date +%s) - $(stat -c %Y "$home/used"))) -gt 600 ]; then
        as_server "$bin/pg_ctl" -D "$home/data" -m immediate stop && rm -rf "$home"
      fi
    done
  ) >/dev/null 2>&1 </dev/null 9>&- &
  disown
  address
}

stop() {
  find_binaries || return 0
  if runs; then as_server "$bin/pg_ctl" -D "$home/data" -m immediate -w stop >/dev/null; fi
  rm -rf "$home"
}

exec 9>"${TMPDIR:-/tmp}/enlace-pg-$(id -u).lock"
flock 9
case "${1:-}" in
  start) start ;;
  stop) stop ;;
  *) fail "start or stop" ;;
esac
