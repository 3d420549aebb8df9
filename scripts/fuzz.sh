#!/usr/bin/env bash
# Fuzzes every target that reads foreign bytes: scripts/fuzz.sh SECONDS [TARGET…]
# libFuzzer on the stable toolchain; a finding is kept in target/fuzz/TARGET and fails the run.
# Ends with one line: N passed, N failed.
set -euo pipefail
cd "$(dirname "$0")/.."
SECONDS_EACH=${1:-600}
shift || true
TARGETS=("$@")
[ ${#TARGETS[@]} -gt 0 ] || TARGETS=(
  object bundle timestamp selector canonical flatten offline age card terms log inbox oprf
)

export CARGO_TARGET_DIR=$PWD/target/fuzz-build
HOST=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Ccodegen-units=1"
cargo build --quiet --release --manifest-path fuzz/Cargo.toml --target "$HOST"

passed=0 failed=0
for target in "${TARGETS[@]}"; do
  corpus=target/fuzz/$target
  mkdir -p "$corpus/new" "$corpus/found"
  if "$CARGO_TARGET_DIR/$HOST/release/$target" "$corpus/new" "fuzz/seeds/$target" \
    -max_total_time="$SECONDS_EACH" -rss_limit_mb=2048 -timeout=20 -print_final_stats=1 \
    -artifact_prefix="$corpus/found/" >"$corpus/log" 2>&1; then
    passed=$((passed + 1))
    printf '%-12s %s\n' "$target" "$(grep -h 'number_of_executed_units\|peak_rss' "$corpus/log" | tr -s ' ' | paste -sd' ')"
  else
    failed=$((failed + 1))
    printf '%-12s FINDING, see %s\n' "$target" "$corpus/log"
    tail -n 30 "$corpus/log"
  fi
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
