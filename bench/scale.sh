#!/usr/bin/env bash
# Shows how cost grows with the number of files: records, restores and refreshes trees of several sizes on XFS, and writes time
# a file and peak memory to bench/results. Started by ./build.sh scale; needs root.
#
#   --files "…"       how many ("50000 1000000")
#   --runs N          how often each step is measured (3)
#   --output DIR      where the result goes (bench/results)
set -euo pipefail

self=$(realpath -- "${BASH_SOURCE[0]}")
here=$(dirname -- "$self")
repository=$(dirname -- "$here")
artifacts=$repository/artifacts/bench
binary=${HOLOTREE_BINARY:-$repository/artifacts/bin/holotree}
files='50000 1000000' runs=3 output=$here/results inside='' original=("$@")

say() { printf 'scale: %s\n' "$*" >&2; }
usage() { sed -n '5,7s/^# \{0,1\}//p' "$self" >&2; exit 2; }

while [[ $# -gt 0 ]]; do
  case $1 in
    --inside) inside=$2; shift 2; continue ;;
    --files | --runs | --output) [[ $# -ge 2 ]] || usage ;;
    *) usage ;;
  esac
  case $1 in
    --files) files=$2 ;;
    --runs) runs=$2 ;;
    --output) output=$(realpath -m -- "$2") ;;
  esac
  shift 2
done

# measured STEP COUNT COMMAND…: what the program took, and what it took until all of it was on disk, as a line
# "STEP COUNT SECONDS SECONDS KIB". A short run leaves its writing to the kernel, a long one has to wait for it.
measured() {
  local step=$1 count=$2
  shift 2
  sync
  if ! "$artifacts/measure" "$scratch/time" "$scratch" "$binary" --home "$scratch/home" --no-progress --json "$@" >"$scratch/out" 2>"$scratch/err"; then
    cat "$scratch/err" >&2
    say "$step of $count files failed"
    exit 1
  fi
  echo "$step $count $(cat "$scratch/time")" >>"$inside"
}

expect() { grep -q "$1" "$scratch/out" || { say "expected $1 of: $(cut -c 1-600 "$scratch/out")"; exit 1; }; }

# Edits one file in a thousand at its own size and with its own time, removes as many, and adds as many.
edit() {
  find "$1" -name 'file-*[05]00.txt' -print0 | while IFS= read -r -d '' file; do
    case $file in
      *000.txt) touch -r "$file" "$scratch/stamp"; printf 'L' | dd of="$file" conv=notrunc status=none; touch -r "$scratch/stamp" "$file" ;;
      *) rm -- "$file"; : >"$file.new" ;;
    esac
  done
}

measure_size() {
  local count=$1 run space
  scratch=$HOLOTREE_TEST_VOLUMES/xfs/scale
  mkdir "$scratch"
  say "$count files: making the tree"
  "$artifacts/maketree" "$scratch/tree" "$count"
  for ((run = 1; run <= runs; run++)); do
    say "$count files: round $run of $runs"
    rm -rf -- "$scratch/home"
    measured record "$count" record "$scratch/tree" --name tree
    expect "\"hashed\": *$count"
    measured again "$count" record "$scratch/tree" --name tree
    expect '"hashed": *0'
    measured restore "$count" init --catalog tree --space one
    expect "\"reflink\": *$((count - count / 1000))"
    measured unchanged "$count" init --catalog tree --space one
    expect '"mode": *"unchanged"'
    edit "$scratch/home/spaces/one"
    measured refresh "$count" init --catalog tree --space one
    expect '"mode": *"refreshed"'
    if [[ $run == 1 ]]; then
      # The one kind of file that differs by design is the relocated one.
      diff -r --no-dereference -I '^root = ' -- "$scratch/tree" "$scratch/home/spaces/one" >&2 || { say 'the refreshed space differs'; exit 1; }
    fi
    "$binary" --home "$scratch/home" delete one >/dev/null
    while compgen -G "$scratch/home/states/gone/*.gone" >/dev/null; do sleep 0.2; done
  done
  rm -rf -- "$scratch"
}

if [[ -n $inside ]]; then
  for count in $files; do measure_size "$count"; done
  exit
fi

mkdir -p "$artifacts" "$output"
for program in measure maketree; do gcc -O2 -o "$artifacts/$program" "$here/floor/$program.c"; done
results=$(mktemp)
trap 'rm -f -- "$results"' EXIT
HOLOTREE_VOLUMES=xfs HOLOTREE_VOLUME_SIZE=${HOLOTREE_VOLUME_SIZE:-40G} "$repository/tests/volumes.sh" run -- "$self" --inside "$results" --files "$files" --runs "$runs"

report=$output/$(date +%F)-scale.md
{
  cat <<TEXT
# Cost and number of files, $(date +%F)

Trees of small files (200 to 3,200 bytes, a hundred a folder) on XFS, median of $runs runs. \`refresh\` undoes edits of one file in a
thousand that kept size and time, one removal and one addition in a thousand. Times per file, and their ratio to the smallest tree. A short run
leaves its writing to the kernel, a long one has to wait for some of it, so both stand here: until the program ended, and until all was on disk.

| | |
| --- | --- |
| machine | $(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(awk '/MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GiB |
| system | $(. /etc/os-release && echo "$PRETTY_NAME"), Linux $(uname -r) |
| holotree | $("$binary" --version), commit $(git -C "$repository" rev-parse --short HEAD) |
| command | \`./build.sh scale$(for argument in "${original[@]}"; do printf ' %q' "$argument"; done)\` |

| step | files | median | a file | ratio | on disk after | a file | ratio | peak memory |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
TEXT
  awk -v order="record again restore unchanged refresh" -v sizes="$files" '
    function median(key, n, synced,   i, j, t, list) {
      for (i = 1; i <= n; i++) list[i] = synced ? later[key, i] : seconds[key, i]
      for (i = 2; i <= n; i++) { t = list[i]; for (j = i - 1; j > 0 && list[j] > t; j--) list[j + 1] = list[j]; list[j + 1] = t }
      return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
    }
    { key = $1 " " $2; n[key]++; seconds[key, n[key]] = $3; later[key, n[key]] = $4; if ($5 > peak[key]) peak[key] = $5 }
    END {
      steps = split(order, step, " "); counts = split(sizes, size, " ")
      for (s = 1; s <= steps; s++) for (c = 1; c <= counts; c++) {
        key = step[s] " " size[c]
        middle = median(key, n[key], 0); each = middle / size[c] * 1e6
        all = median(key, n[key], 1); whole = all / size[c] * 1e6
        if (c == 1) { first = each; firstWhole = whole }
        printf "| %s | %d | %.2f s | %.1f µs | %.2f | %.2f s | %.1f µs | %.2f | %.0f MB |\n",
          step[s], size[c], middle, each, each / first, all, whole, whole / firstWhole, peak[key] / 1024
      }
    }' "$results"
} >"$report"
say "wrote $report"
cat "$report"
