# What ./demo and ./test need: found, installed where that is possible, or named.
# Sourced, never run.

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf 'enlace: %s\n' "$*" >&2; exit 2; }
have() { command -v "$1" >/dev/null 2>&1; }

# Installs Debian packages, as root or with sudo; says what is missing where it cannot.
install_packages() {
  local missing=("$@") runner=()
  have apt-get || fail "please install: ${missing[*]}"
  if [ "$(id -u)" != 0 ]; then
    have sudo || fail "please install: ${missing[*]}"
    runner=(sudo)
  fi
  say "installing ${missing[*]}"
  local try
  for try in 1 2 3; do
    if "${runner[@]}" apt-get update -qq >/dev/null 2>&1 \
      && DEBIAN_FRONTEND=noninteractive "${runner[@]}" apt-get install -y -qq \
        --no-install-recommends "${missing[@]}" >/dev/null 2>&1; then
      return 0
    fi
    sleep $((try * 2))
  done
  fail "could not install ${missing[*]}: please install them by hand"
}

need_rust() {
  have cargo || fail "Rust 1.95 or newer is needed: https://rustup.rs"
  local version
  version=$(rustc --version | sed -E 's/^rustc ([0-9]+)\.([0-9]+).*/\1 \2/')
  read -r major minor <<<"$version"
  if [ "$major" -lt 1 ] || { [ "$major" -eq 1 ] && [ "$minor" -lt 95 ]; }; then
    fail "Rust $major.$minor is too old: 1.95 or newer is needed (rustup update)"
  fi
}

need_node() {
  have node && have npm || fail "Node.js 20 or newer with npm is needed: https://nodejs.org"
  [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || fail "Node.js 20 or newer is needed"
}

need_c() { have cc || have gcc || have clang || install_packages gcc libc6-dev; }

# Prints the folder of PostgreSQL's programs; Debian keeps them off the path.
postgres_folder() {
  local folder found=
  for folder in "$(dirname "$(command -v initdb || echo /none/none)")" /usr/lib/postgresql/*/bin; do
    if [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ]; then
      found=$folder
    fi
  done
  printf '%s' "$found"
}

need_postgres() {
  [ -n "$(postgres_folder)" ] || install_packages postgresql
  [ -n "$(postgres_folder)" ] || fail "PostgreSQL 15 or newer is needed"
}

# A Python of its own in a folder, with what a list names: need_packages HOME LIST WHAT
need_packages() {
  local home=$1 list=$2 what=$3 wanted try
  wanted=$(sha256sum "$list" | cut -d' ' -f1)
  [ "$(cat "$home/.wanted" 2>/dev/null)" = "$wanted" ] && return 0
  have python3 || install_packages python3 python3-venv
  say "python: $what"
  rm -rf "$home"
  python3 -m venv "$home" >/dev/null 2>&1 || {
    install_packages python3-venv
    python3 -m venv "$home"
  }
  for try in 1 2 3; do
    "$home/bin/pip" install --quiet --disable-pip-version-check -r "$list" && break
    [ "$try" = 3 ] && fail "pip could not install $list"
    sleep 3
  done
  printf '%s' "$wanted" >"$home/.wanted"
}

# The clients that partners use.
need_python() {
  need_packages target/python scenario/play/requirements.txt \
    "taxii2-client, stix2, stix2-validator, schemathesis"
}

# The servers of others, apart: their old dependencies would disturb those above.
need_servers() {
  need_packages target/python-servers scenario/play/requirements-servers.txt "OpenTAXII, medallion"
}

# The peer of hit/no-hit.
need_psi() {
  need_packages target/python-psi scenario/play/requirements-psi.txt "openmined-psi"
}

# ui/dist, if anything in ui/ is newer than it.
build_ui() {
  local stamp=ui/dist/manifest.json
  if [ -f "$stamp" ] && [ -z "$(find ui/src ui/build.mjs ui/package-lock.json -newer "$stamp" -print -quit)" ]; then
    return 0
  fi
  install_ui
  say "ui: bundle"
  (cd ui && node build.mjs)
}

install_ui() {
  local stamp=ui/node_modules/.installed
  [ -f "$stamp" ] && [ ! ui/package-lock.json -nt "$stamp" ] && return 0
  say "ui: npm ci"
  local try
  for try in 1 2 3; do
    (cd ui && npm ci --no-audit --no-fund --loglevel=error) && break
    [ "$try" = 3 ] && fail "npm ci failed in ui/"
    sleep 3
  done
  touch "$stamp"
}

build_binary() {
  say "rust: the binary (the first time takes some minutes)"
  cargo build --locked -p enlace
}
