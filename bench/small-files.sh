#!/usr/bin/env bash
# Measures whether small files are better cloned or written, until all of it is on the disk, on btrfs and XFS volumes of its own, and
# prints a table. Needs root and a C compiler; takes about two minutes.
set -euo pipefail

repository=$(dirname -- "$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")")
program=$repository/artifacts/bench/smallfiles

if [[ ${1:-} == --inside ]]; then
  for volume in btrfs xfs; do
    printf '\n%s\n\n' "$volume"
    mkdir "$HOLOTREE_TEST_VOLUMES/$volume/bench"
    for bytes in 500 2000 4096 16384 65536; do
      "$program" "$HOLOTREE_TEST_VOLUMES/$volume/bench" "$bytes" 10000 5
    done
  done
  exit
fi

mkdir -p "$repository/artifacts/bench"
gcc -O2 -o "$program" "$repository/bench/floor/smallfiles.c" -lpthread
HOLOTREE_VOLUMES='btrfs xfs' exec "$repository/tests/volumes.sh" run -- "$repository/bench/small-files.sh" --inside
