#!/usr/bin/env bash
# A PostgreSQL server for tests and figures, on a socket of its own, as an unprivileged user.
#   scripts/postgres.sh start [NAME]   starts it unless it runs; prints its address
#   scripts/postgres.sh fresh [NAME]   as start, with an empty schema of its own; prints its address
#   scripts/postgres.sh stop [NAME]    stops it and removes its data
#   scripts/postgres.sh halt NAME MODE stops it (fast, immediate) and leaves its data
#   scripts/postgres.sh resume NAME    starts it on the data that halt left
# NAME (default: one for the tests of this checkout) tells servers apart. It stops by itself when
# nobody has used it for ten minutes. ENLACE_PG_OPTIONS are passed to the server ("-c fsync=on").
# With ENLACE_PG_TLS=FOLDER it also listens on the address in FOLDER/listen, over TLS: with server.crt,
# server.key and ca.crt (of clients) of that folder, and who may come in as its pg_hba.conf says.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh

name=${2:-tests-$(pwd | cksum | cut -d' ' -f1)}
# A socket's path has at most 107 bytes: the data lie in a short place of their own.
home=${TMPDIR:-/tmp}/enlace-pg-$(id -u)-$name
bin=$(postgres_folder)

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

# Starts the server on the data that are there.
launch() {
  local more=()
  if [ -d "$home/tls" ]; then
    more=(-c "listen_addresses=$(cat "$home/tls/listen")" -c ssl=on -c "hba_file=$home/tls/pg_hba.conf"
      -c "ssl_ca_file=$home/tls/ca.crt" -c "ssl_cert_file=$home/tls/server.crt" -c "ssl_key_file=$home/tls/server.key")
  fi
  # What tests keep need not outlive the machine; figures and drills turn this on again.
  as_server "$bin/pg_ctl" -D "$home/data" -l "$home/log" -w -t 60 \
    -o "-c listen_addresses='' -c unix_socket_directories='$home/socket' -c max_connections=300 \
        -c fsync=off -c full_page_writes=off -c shared_buffers=256MB -c max_wal_size=2GB \
        -c autovacuum_naptime=5s ${more[*]} ${ENLACE_PG_OPTIONS:-}" start
}

# Nobody has to remember to stop it.
watch_it() {
  (
    cd /
    while sleep 30 && runs; do
      if [ $(($(date +%s) - $(stat -c %Y "$home/used"))) -gt 600 ]; then
        as_server "$bin/pg_ctl" -D "$home/data" -m immediate stop && rm -rf "$home"
      fi
    done
  ) >/dev/null 2>&1 </dev/null 9>&- &
  disown
}

start() {
  if runs; then
    touch "$home/used"
    address
    return
  fi
  rm -rf "$home"
  mkdir -p "$home/data" "$home/socket"
  touch "$home/used"
  if [ -n "${ENLACE_PG_TLS:-}" ]; then
    cp -r "$ENLACE_PG_TLS" "$home/tls"
    chmod 700 "$home/tls"
    chmod 600 "$home/tls/server.key"
  fi
  [ "$(id -u)" = 0 ] && chown -R nobody:nogroup "$home"
  chmod 700 "$home/data"
  (
    cd "$home"
    # Sorted as people read, not by bytes: what must not depend on that, fails here first.
    as_server "$bin/initdb" -D "$home/data" -U enlace -A trust -E UTF8 --locale=C --no-sync \
      --locale-provider=icu --icu-locale=en-US
    launch
    as_server "$bin/psql" -q -h "$home/socket" -U enlace -d postgres -c 'CREATE DATABASE enlace' 2>/dev/null ||
      as_server "$bin/createdb" -h "$home/socket" -U enlace enlace
  ) >"$home/start.log" 2>&1 </dev/null 9>&- || { cat "$home/start.log" "$home/log" >&2; fail "PostgreSQL does not start"; }
  watch_it
  address
}

resume() {
  touch "$home/used"
  (cd "$home" && launch) >"$home/start.log" 2>&1 </dev/null 9>&- ||
    { cat "$home/start.log" "$home/log" >&2; fail "PostgreSQL does not start again"; }
  watch_it
}

halt() {
  (cd / && as_server "$bin/pg_ctl" -D "$home/data" -m "${1:-fast}" -w stop) >&2
}

fresh() {
  local server schema
  # Not `start >/dev/null`: what it leaves running would keep our own output open.
  server=$(start)
  schema=t$(head -c 8 /dev/urandom | od -An -tx1 | tr -d ' \n')
  (cd / && as_server "$bin/psql" -q -h "$home/socket" -U enlace -c "CREATE SCHEMA $schema") >&2
  printf '%s?options=-csearch_path%%3D%s\n' "$server" "$schema"
}

stop() {
  if [ -n "$bin" ] && runs; then as_server "$bin/pg_ctl" -D "$home/data" -m immediate -w stop >/dev/null; fi
  rm -rf "$home"
}

exec 9>"$home.lock"
flock 9
case "${1:-}" in
  start | fresh)
    need_postgres
    bin=$(postgres_folder)
    ;;
esac
case "${1:-}" in
  start) start ;;
  fresh) fresh ;;
  stop) stop ;;
  halt) halt "${3:-}" ;;
  resume) resume ;;
  *) fail "start, fresh, stop, halt or resume" ;;
esac
