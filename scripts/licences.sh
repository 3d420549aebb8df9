#!/usr/bin/env bash
# Licences, banned crates and sources of everything that goes into the binary (deny.toml).
# Advisories need the advisory database and are checked where it can be reached.
set -eu
cd "$(dirname "$0")/.."
command -v cargo-deny >/dev/null || cargo install --locked --debug --quiet cargo-deny
cargo deny --log-level error check bans licenses sources
