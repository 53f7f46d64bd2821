#!/usr/bin/env bash
# Measures holotree beside cp and beside the bare system calls, on one real tree and several filesystems, and writes the
# figures to bench/results. Started by ./build.sh bench.
#
#   --runs N          how often each row is measured (5); one more run before them is not counted
#   --volumes "…"     which of btrfs, xfs and ext4 ("btrfs xfs ext4"); needs root
#   --place DIR       measure in a folder at hand instead of on volumes of our own
#   --tree DIR        copy this tree instead of the one that `npm ci` makes of bench/node-tree
#   --what NAME       what the result file is called after its date (node-tree)
#   --output DIR      where it goes (bench/results)
#
# Every run makes a fresh copy after a sync; copies are deleted outside of what is timed. The rows are shuffled in each round,
# alike every time, so that none of them always pays for the one before it.
set -euo pipefail

self=$(realpath -- "${BASH_SOURCE[0]}")
here=$(dirname -- "$self")
. "$here/sharing.sh"
repository=$(dirname -- "$here")
artifacts=$repository/artifacts/bench
original=("$@")
if [[ ${1:-} == --inside ]]; then original=("${@:2}"); fi

say() { printf 'bench: %s\n' "$*" >&2; }
usage() { sed -n '5,10s/^# \{0,1\}//p' "$self" >&2; exit 2; }

runs=5 volumes='btrfs xfs ext4' place='' tree='' what=node-tree output=$here/results inside=''
while [[ $# -gt 0 ]]; do
  case $1 in
    --inside) inside=1; shift; continue ;;
    --runs | --volumes | --place | --tree | --what | --output) [[ $# -ge 2 ]] || usage ;;
    *) usage ;;
  esac
  case $1 in
    --runs) runs=$2 ;;
    --volumes) volumes=$2 ;;
    --place) place=$(realpath -e -- "$2") ;;
    --tree) tree=$(realpath -e -- "$2") ;;
    --what) what=$2 ;;
    --output) output=$(realpath -m -- "$2") ;;
  esac
  shift 2
done
[[ $runs =~ ^[1-9][0-9]*$ ]] || usage

binary=${HOLOTREE_BINARY:-$repository/artifacts/bin/holotree}
[[ -x $binary ]] || { say "there is no program $binary: ./build.sh publish makes it"; exit 1; }

prepare() {
  mkdir -p "$artifacts"
  command -v gcc >/dev/null || { say 'a C compiler is missing'; exit 1; }
  gcc -O2 -o "$artifacts/floor" "$here/floor/floor.c" -lpthread
  gcc -O2 -o "$artifacts/measure" "$here/floor/measure.c"
  [[ -z $tree ]] || return 0
  command -v npm >/dev/null || { say 'npm is missing: name a tree to copy with --tree'; exit 1; }
  if ! cmp -s "$here/node-tree/package-lock.json" "$artifacts/node-tree/installed.json"; then
    say 'installing the tree by npm ci (a minute or two)'
    rm -rf -- "$artifacts/node-tree"
    mkdir "$artifacts/node-tree"
    cp -- "$here/node-tree/"{package.json,package-lock.json,.npmrc} "$artifacts/node-tree/"
    (cd -- "$artifacts/node-tree" && npm ci --no-progress --loglevel=error >/dev/null)
    cp -- "$here/node-tree/package-lock.json" "$artifacts/node-tree/installed.json"
  fi
}

# json KEY TEXT: the first value of that name, a string or a number.
json() {
  grep -oE "\"$1\": *(\"[^\"]*\"|[0-9.]+)" <<<"$2" | head -n 1 | sed -E 's/^[^:]*: *//; s/^"//; s/"$//'
}

# Each row makes one copy: row NAME ROUND. What it prints is kept as its last output.
run_holotree() { "$measure" "$scratch/time" "$binary" --no-progress --json "$@" >"$scratch/out" 2>"$scratch/err"; }
row() {
  local fresh=$scratch/$1-$2
  case $1 in
    cp) "$measure" "$scratch/time" cp -a "$source" "$fresh" ;;
    cp-reflink) "$measure" "$scratch/time" cp -a --reflink=always "$source" "$fresh" 2>"$scratch/err" ;;
    floor-*)
      # It times itself, so that reading the source is left out as it is for a program with a catalog.
      "$measure" "$scratch/time" "$artifacts/floor" "${1#floor-}" "$source" "$fresh" >"$scratch/out" 2>"$scratch/err" || return
      echo "$(cat -- "$scratch/out") $(cut -d ' ' -f 2 "$scratch/time")" >"$scratch/time"
      ;;
    record) run_holotree --home "$fresh" record "$source" --name tree ;;
    init-*) run_holotree --home "$scratch/home" init --catalog tree --space "$1-$2" --strategy "${1#init-}" ;;
  esac
}

# Where row NAME ROUND put its copy.
made() {
  case $1 in
    init-*) json path "$(cat -- "$scratch/out")" ;;
    *) echo "$scratch/$1-$2" ;;
  esac
}

label() {
  case $1 in
    cp) echo '`cp -a`' ;;
    cp-reflink) echo '`cp -a --reflink=always`' ;;
    floor-*) echo "bare system calls, ${1#floor-}, $(nproc) threads" ;;
    record) echo '`holotree record`, into an empty library' ;;
    init-*) echo "\`holotree init --strategy ${1#init-}\`" ;;
  esac
}

# Lines of "ROW SECONDS KIB" to a table; ratios are to the row that a person would use without us.
table() {
  local base=cp name
  if grep -q '^cp-reflink ' "$scratch/times"; then base=cp-reflink; fi
  echo "| what | median | fastest to slowest | times \`cp -a$([[ $base == cp ]] || echo ' --reflink=always')\` | peak memory | made by |"
  echo '| --- | ---: | ---: | ---: | ---: | --- |'
  for name in "${rows[@]}"; do
    grep -q "^$name " "$scratch/times" || continue
    awk -v row="$name" -v base="$base" -v label="$(label "$name")" -v by="$(cat "$scratch/mechanisms.$name" 2>/dev/null || true)" '
      function median(list, n,   i, j, t) {
        for (i = 2; i <= n; i++) { t = list[i]; for (j = i - 1; j > 0 && list[j] > t; j--) list[j + 1] = list[j]; list[j + 1] = t }
        return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
      }
      $1 == row { own[++n] = $2; if ($3 > peak) peak = $3 }
      $1 == base { other[++m] = $2 }
      END {
        middle = median(own, n); reference = median(other, m)
        printf "| %s | %.3f s | %.3f to %.3f s | %.2f | %.0f MB | %s |\n", label, middle, own[1], own[n], middle / reference, peak / 1024, by
      }' "$scratch/times"
  done
}

# One volume: record once, try every row and compare what it made, then measure.
measure_volume() {
  local volume=$1 name round path both meta apart usable=()
  scratch=$(mktemp -d "$2/holotree-bench.XXXXXX") measure=$artifacts/measure
  source=$scratch/source
  say "$volume: laying out the tree"
  cp -a -- "$tree" "$source"
  run_holotree --home "$scratch/home" record "$source" --name tree || { cat "$scratch/err" >&2; say "$volume: recording failed"; exit 1; }

  rows=(cp cp-reflink floor-reflink floor-hardlink record init-smart init-reflink init-hardlink init-copy)
  : >"$scratch/notes" >"$scratch/times"
  for name in "${rows[@]}"; do
    if ! row "$name" trial; then
      printf -- '- %s cannot be done here%s\n' "$(label "$name")" \
        "$(m=$(json message "$(cat "$scratch/err")"); [[ -z $m ]] || echo ": $m" | sed "s#$scratch/#…/#g")" >>"$scratch/notes"
      continue
    fi
    usable+=("$name")
    if [[ $name == init-* ]]; then
      tr -d '\n' <"$scratch/out" | grep -oE '"mechanisms": *\{[^}]*\}' | head -n 1 | grep -oE '"[A-Za-z]+": *[1-9][0-9]*' | tr -d '":' \
        | sed -E 's/^([A-Za-z]+) *([0-9]+)/\2 \1/' | paste -sd, - | sed 's/,/, /g' >"$scratch/mechanisms.$name" || true
    fi
    if [[ $name != record ]]; then
      path=$(made "$name" trial)
      say "$volume: comparing the copy made by $name"
      if ! diff -r --no-dereference -- "$source" "$path" >"$scratch/diff"; then
        head -n 5 "$scratch/diff" >&2
        say "$volume: the copy made by $name differs"
        exit 1
      fi
      if [[ $name == *-reflink ]]; then
        sync
        read -r both meta apart <<<"$(sharing "$path")"
        [[ $apart == 0 ]] || { say "$volume: $apart files made by $name have blocks of their own"; exit 1; }
        printf -- '- On the disk, %s: %d files share all their blocks, %d lie among the metadata, 0 have blocks of their own\n' \
          "$(label "$name")" "$both" "$meta" >>"$scratch/notes"
      fi
    fi
  done
  clear_round trial

  for ((round = 1; round <= runs; round++)); do
    say "$volume: round $round of $runs"
    for name in $(printf '%s\n' "${usable[@]}" | shuf --random-source=<(yes "$round")); do
      # Everything, since the files under the loop devices are written behind too.
      sync
      row "$name" "$round" || { cat "$scratch/err" >&2; say "$volume: $name failed"; exit 1; }
      echo "$name $(cat -- "$scratch/time")" >>"$scratch/times"
    done
    clear_round "$round"
  done

  {
    printf '\n## %s\n\n' "$volume"
    table
    if [[ -s $scratch/notes ]]; then echo; cat "$scratch/notes"; fi
  } >>"$report"
  rm -rf -- "$scratch"
}

clear_round() {
  local name
  for name in "${rows[@]}"; do
    rm -rf -- "${scratch:?}/$name-$1"
    if [[ $name == init-* ]]; then "$binary" --home "$scratch/home" delete "$name-$1" >/dev/null 2>&1 || true; fi
  done
  sync
}

kind_of() { findmnt -n -o FSTYPE -T "$1"; }

versions_of() {
  local program
  for program in "$@"; do
    if command -v "$program" >/dev/null; then echo "$program $("$program" -V 2>&1 | grep -oE '[0-9]+\.[0-9.]+' | head -n 1)"; fi
  done | paste -sd, - | sed 's/,/, /g'
}

count() { find "$tree" "$@" -printf . | wc -c; }

heading() {
  local date=$1 version commit
  version=$("$binary" --version 2>/dev/null | head -n 1)
  commit=$(git -C "$repository" rev-parse --short HEAD 2>/dev/null || echo unknown)
  if [[ -n $(git -C "$repository" status --porcelain --untracked-files=no 2>/dev/null) ]]; then commit+=' with changes'; fi
  cat <<TEXT
# $what, $date

A tree of $(count -type f) files ($(count -type f -empty) of them empty), $(count -type d) folders, $(count -type l) links and $(($(find "$tree" -type f -printf '%s\n' | awk '{ s += $1 } END { printf "%d", s }') / 1000000)) MB$([[ $what != node-tree ]] || echo ', made by `npm ci` of `bench/node-tree`').
Median of $runs runs in turns, each a fresh copy after a sync; deleting is not timed. The source is in the page cache.
Plain \`cp -a\` clones where it can since coreutils 9.0, and copies where it cannot.
Each copy was compared once with \`diff -r --no-dereference\`: no difference.

| | |
| --- | --- |
| machine | $(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(awk '/MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GiB |
| system | $(. /etc/os-release && echo "$PRETTY_NAME"), Linux $(uname -r) |
| disk | $([[ -n $place ]] && echo "a folder on $(kind_of "$place")" || echo "loop devices over sparse files on $(kind_of "${TMPDIR:-/var/tmp}")") |
| holotree | ${version:-unknown}, commit $commit |
| beside | $(cp --version | head -n 1), filesystems by $(versions_of mkfs.btrfs mkfs.xfs mkfs.ext4) |
| command | \`./build.sh bench$(for argument in "${original[@]}"; do printf ' %q' "$argument"; done)\` |
TEXT
}

if [[ -z $inside ]]; then
  prepare
  if [[ -z $place ]]; then
    HOLOTREE_BINARY=$binary HOLOTREE_VOLUMES=$volumes exec "$repository/tests/volumes.sh" run -- "$self" --inside "${original[@]}"
  fi
fi

tree=${tree:-$artifacts/node-tree/node_modules}
if [[ -z $place && -z ${HOLOTREE_TEST_VOLUMES:-} ]]; then
  say 'without volumes of our own, name a folder to measure in: --place DIR'
  exit 1
fi
mkdir -p "$output"
date=$(date +%F)
report=$(mktemp)
scratch=''
trap 'rm -rf -- "$report" ${scratch:+"$scratch"}' EXIT
heading "$date" >"$report"
if [[ -n $place ]]; then
  measure_volume "$(kind_of "$place")" "$place"
else
  for volume in $volumes; do measure_volume "$volume" "$HOLOTREE_TEST_VOLUMES/$volume"; done
fi
result=$output/$date-$what.md
cp -- "$report" "$result"
chmod 644 "$result"
cat -- "$result"
say "written to ${result#"$repository/"}"
