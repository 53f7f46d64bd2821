#!/usr/bin/env bash
# Measures relocation and prints tables: how fast one core looks for the prefix, and from which length on a file is better
# cloned and patched than written whole, on btrfs and XFS volumes of its own. Needs root; takes about two minutes.
set -euo pipefail

repository=$(dirname -- "$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")")
program=$repository/artifacts/build/Holotree.Bench/release/Holotree.Bench

if [[ ${1:-} == --inside ]]; then
  for volume in btrfs xfs; do
    printf '\n%s\n\n' "$volume"
    mkdir "$HOLOTREE_TEST_VOLUMES/$volume/bench"
    "$program" patching "$HOLOTREE_TEST_VOLUMES/$volume/bench"
  done
  exit
fi

dotnet build "$repository/bench/Holotree.Bench" -c Release -v q -nologo >&2
"$program" finder
HOLOTREE_VOLUMES='btrfs xfs' exec "$repository/tests/volumes.sh" run -- "$repository/bench/relocation.sh" --inside
