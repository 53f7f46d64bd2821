#!/usr/bin/env bash
# Measures holotree beside other programs and beside the bare system calls, on real trees and several filesystems, and writes a dated
# report with a chart to bench/results. Started by ./build.sh bench.
#
#   --only PART       bars: what the program is held to; trees: beside other programs; parts: pieces of the program;
#                     copies: ways to copy files, which bench/copies.sh measures and has other options for
#   --runs N          how often each row is measured (5)
#   --volumes "…"     which of btrfs, xfs and ext4 ("btrfs xfs ext4"); needs root
#   --place DIR       measure in a folder at hand instead of on volumes of our own
#   --trees "…"       which of node, python, large and medium ("node python large medium")
#   --tree DIR        copy this tree, and no other
#   --output DIR      where the report goes (bench/results)
#
# Every row is one whole process that makes a fresh copy after a sync; copies are deleted outside of what is timed. The rows are
# shuffled in each round, alike every time, so that none of them always pays for the one before it.
set -euo pipefail

self=$(realpath -- "${BASH_SOURCE[0]}")
. "$(dirname -- "$self")/setting.sh"

usage() { sed -n '5,12s/^# \{0,1\}//p' "$self" >&2; exit 2; }

. "$here/sharing.sh"
. "$here/side-by-side/trees.sh"
. "$here/side-by-side/programs.sh"
. "$here/side-by-side/rows.sh"
. "$here/side-by-side/measuring.sh"
. "$here/side-by-side/special.sh"

if [[ ${1:-} == --only && ${2:-} == copies ]]; then exec "$here/copies.sh" "${@:3}"; fi
only='' runs=5 volumes='btrfs xfs ext4' place='' trees='node python large medium' own_tree='' output=$here/results results='' failed=0 original=("$@")
while [[ $# -gt 0 ]]; do
  [[ $# -ge 2 ]] || usage
  case $1 in
    --inside) results=$2; original=("${original[@]:2}") ;;
    --only) only=$2; [[ $only == bars || $only == trees || $only == parts ]] || usage ;;
    --runs) runs=$2; [[ $runs =~ ^[1-9][0-9]*$ ]] || usage ;;
    --volumes) volumes=$2 ;;
    --place) place=$(realpath -e -- "$2") ;;
    --trees) trees=$2 ;;
    --tree) own_tree=$(realpath -e -- "$2") trees=own ;;
    --output) output=$(realpath -m -- "$2") ;;
    *) usage ;;
  esac
  shift 2
done

wanted() { [[ -z $only || $only == "$1" ]]; }

[[ -x $binary && -x $bench ]] || { say 'the programs are not built: start this by ./build.sh bench'; exit 1; }

# Whether a tree is measured on a volume: the bars need few of them.
needed() {
  wanted trees || case $1-$2 in node-* | own-* | python-btrfs | python-ext4) ;; *) false ;; esac
}

measure_volume() {
  local volume=$1 folder=$2 tree
  for tree in $trees; do
    if needed "$tree" "$volume"; then measure_tree "$tree" "$volume" "$folder"; fi
  done
  if wanted bars && [[ $trees != own ]]; then measure_special "$volume" "$folder"; fi
}

measure_parts() {
  say 'measuring the parts'
  "$bench" parts "$results" >"$artifacts/parts.log" || { failed=1; say "some parts could not be measured: see ${artifacts#"$repository/"}/parts.log"; }
}

# In the namespace of the volumes: measures, and leaves the report to who called.
if [[ -n $results ]]; then
  scratch=''
  trap '[[ -z $place ]] || leave' EXIT
  case $volumes in
    parts) measure_parts ;;
    place) measure_volume "$(findmnt -n -o FSTYPE -T "$place")" "$place" ;;
    *)
      [[ -n ${HOLOTREE_TEST_VOLUMES:-} ]] || { say 'without volumes of our own, name a folder to measure in: --place DIR'; exit 1; }
      measure_volume "$volumes" "$HOLOTREE_TEST_VOLUMES/$volumes"
      ;;
  esac
  exit "$failed"
fi

mkdir -p "$artifacts/trees" "$output"
results=$(mktemp)
trap 'rm -f -- "$results"' EXIT
started=$SECONDS
if [[ $only != parts ]]; then
  command -v gcc >/dev/null || { say 'a C compiler is missing'; exit 1; }
  gcc -O2 -o "$artifacts/floor" "$here/floor/floor.c" -lpthread
  for program in measure maketree; do gcc -O2 -o "$artifacts/$program" "$here/floor/$program.c"; done
  available=''
  for tree in $trees; do
    if prepare_tree "$tree"; then available+=" $tree"; fi
  done
  trees=${available# }
  if wanted trees; then prepare_programs; fi
fi
emit_facts
# What is said last counts.
inside=("$self" --inside "$results" "${original[@]}" --trees "$trees")
if [[ -n $own_tree ]]; then inside+=(--tree "$own_tree"); fi
# Each volume goes before the next one comes, so that no more than one takes room on the disk.
with_volumes() {
  HOLOTREE_BINARY=$binary HOLOTREE_VOLUMES=$1 HOLOTREE_VOLUME_SIZE=${HOLOTREE_VOLUME_SIZE:-60G} "$repository/tests/volumes.sh" run -- "${@:2}"
}
if [[ -n $place ]]; then
  if [[ $only != parts ]]; then "${inside[@]}" --volumes place || failed=1; fi
  if wanted parts; then "${inside[@]}" --volumes parts || failed=1; fi
else
  if [[ $only != parts ]]; then
    for volume in $volumes; do with_volumes "$volume" "${inside[@]}" --volumes "$volume" || failed=1; done
  fi
  if wanted parts; then with_volumes 'btrfs xfs' "${inside[@]}" --volumes parts || failed=1; fi
fi
emit fact took "$(((SECONDS - started + 59) / 60)) minutes"
"$bench" report "$results" "$output" "$(date +%F)${only:+-$only}"
[[ $failed == 0 ]] || { say 'something failed: the page names it where it misses'; exit 1; }
