#!/usr/bin/env bash
# Measures how fast files are copied: our plain copy and `holotree clone --strategy copy` beside `cp --reflink=never`, and every other way to
# copy that there is on Linux; on ext4, XFS, btrfs and tmpfs volumes of its own. Writes a dated report to bench/results. Started by
# ./build.sh bench --only copies; needs root, takes about half an hour.
#
#   --runs N          how often each row is measured (5)
#   --part PART       only our own copies beside cp (own), or only the ways there are (ways); the page is named after it
#   --volumes "…"     which of ext4, xfs, btrfs and tmpfs ("ext4 xfs btrfs tmpfs")
#   --large           a file of 10 GB too, on those of them that are no memory; needs 25 GB on the disk, and some minutes more
#   --lock FILE       hold this lock while measuring, a piece of at most three minutes at a time, so that others can work between
#   --output DIR      where the report goes (bench/results)
set -euo pipefail

self=$(realpath -- "${BASH_SOURCE[0]}")
. "$(dirname -- "$self")/setting.sh"

usage() { sed -n '6,11s/^# \{0,1\}//p' "$self" >&2; exit 2; }
wanted() { false; }

. "$here/side-by-side/programs.sh"
. "$here/side-by-side/measuring.sh"

# In the namespace of a volume: FILE VOLUME PIECE BYTES FILES RUNS CACHE WAY…
if [[ ${1:-} == --inside ]]; then
  read -r results volume piece bytes files runs cache <<<"${*:2:7}"
  folder=$HOLOTREE_TEST_VOLUMES/$volume/bench
  mkdir "$folder"
  case $piece in
    own) "$bench" copies "$folder" "$bytes" "$files" "$runs" "$binary" ;;
    ways) "$artifacts/copies" "$folder" "$bytes" "$files" "$runs" "$cache" "${@:9}" ;;
  esac | sed "s/^/$piece\t$volume\t$bytes\t$files\t$cache\t/" >>"$results"
  exit
fi

runs=5 part='' volumes='ext4 xfs btrfs tmpfs' large='' lock='' output=$here/results place='' original=(--only copies "$@")
while [[ $# -gt 0 ]]; do
  case $1 in
    --large) large=1; shift; continue ;;
  esac
  [[ $# -ge 2 ]] || usage
  case $1 in
    --runs) runs=$2; [[ $runs =~ ^[1-9][0-9]*$ ]] || usage ;;
    --part) part=$2; [[ $part == own || $part == ways ]] || usage ;;
    --volumes) volumes=$2 ;;
    --lock) lock=$2 ;;
    --output) output=$(realpath -m -- "$2") ;;
    *) usage ;;
  esac
  shift 2
done
[[ -x $binary && -x $bench ]] || { say 'the programs are not built: start this by ./build.sh bench'; exit 1; }
command -v gcc >/dev/null || { say 'a C compiler is missing'; exit 1; }

mkdir -p "$artifacts" "$output"
gcc -O2 -o "$artifacts/copies" "$here/floor/copies.c" -lpthread
results=$(mktemp)
trap 'rm -f -- "$results"' EXIT
started=$SECONDS

# piece VOLUME-SIZE VOLUME PIECE BYTES FILES RUNS CACHE WAY…: on a volume that is made for it and goes with it.
piece() {
  [[ -z $part || $3 == "$part" ]] || return 0
  say "$2: $4 bytes, $5 files, $7, $3"
  ${lock:+flock "$lock"} env HOLOTREE_BINARY="$binary" HOLOTREE_VOLUMES="$2" HOLOTREE_VOLUME_SIZE="$1" \
    "$repository/tests/volumes.sh" run -- "$self" --inside "$results" "${@:2}"
}

few=$((runs > 3 ? 3 : runs))
volumes_on_disk=${volumes//tmpfs/}
(
  volumes=$volumes_on_disk
  emit_facts
)
for volume in $volumes; do
  piece 8G "$volume" own 1000 5000 "$runs" warm
  piece 8G "$volume" own 1000000 200 "$runs" warm
  piece 8G "$volume" own 1000000000 1 "$runs" warm
  piece 8G "$volume" ways 1000 5000 "$few" warm cp rw:32 rw:1024 rwf:1024 rwk:1024 cfr:65536 send:65536 splice:1024 mapw:1024
  piece 8G "$volume" ways 1000000 200 "$few" warm cp rw:32 rw:128 rw:256 rw:512 rw:1024 rwf:1024 rwk:1024 rws:1024 cfr:65536 send:65536 \
    splice:1024 mapw:1024 map:1024 par:512 dir:1024 dirw:1024
  piece 8G "$volume" ways 1000000000 1 "$few" warm cp rw:32 rw:128 rw:256 rw:512 rw:1024 rw:2048 rw:8192 rwf:1024 rwk:256 rwk:1024 rwb:1024 cfr:1024 \
    cfr:65536 send:65536 splice:1024 mapw:1024 par:1024 dir:8192 dirw:8192 dir2:8192
  [[ $volume != tmpfs ]] || continue
  piece 8G "$volume" ways 1000 5000 "$few" cold cp rw:1024 cfr:65536 mapw:1024
  piece 8G "$volume" ways 1000000 200 "$few" cold cp rw:256 rw:1024 rws:1024 cfr:65536 splice:1024 dir:1024
  piece 8G "$volume" ways 1000000000 1 "$few" cold cp rw:256 rw:1024 rw:8192 rws:1024 rwk:256 rwk:1024 cfr:65536 splice:1024 par:1024 dir:8192 dir2:8192
done
if [[ -n $large ]]; then
  for volume in $volumes_on_disk; do piece 24G "$volume" ways 10000000000 1 1 cold cp rw:256 rw:1024 rwk:256 rwk:1024 cfr:65536 splice:1024 dir:8192; done
fi
emit fact took "$(((SECONDS - started + 59) / 60)) minutes"
"$bench" copies-report "$results" "$output" "$(date +%F)-copies${part:+-$part}"
