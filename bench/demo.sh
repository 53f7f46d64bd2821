#!/usr/bin/env bash
# Shows what holotree does on real environments: the .NET SDK on this machine and a fresh Python virtual environment. Each is
# recorded once, restored in every way that works here, compared with the original, looked at on the disk, and made to run.
# Started by ./build.sh demo. As root it makes a btrfs and an XFS volume; otherwise it uses a folder beside the sources.
# Whatever it makes it removes.
set -euo pipefail
. "$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")/sharing.sh"

self=$(realpath -- "${BASH_SOURCE[0]}")
repository=$(dirname -- "$(dirname -- "$self")")
binary=${HOLOTREE_BINARY:-$repository/artifacts/bin/holotree}
[[ -x $binary ]] || { echo "There is no program $binary: ./build.sh publish makes it." >&2; exit 1; }

if [[ ${1:-} != --inside ]]; then
  HOLOTREE_BINARY=$binary HOLOTREE_VOLUMES='btrfs xfs' exec "$repository/tests/volumes.sh" run -- "$self" --inside
fi

# Settings of the person who looks on do not change what is shown.
unset HOLOTREE_HOME ROBOCORP_HOME HOLOTREE_STRATEGY RCC_HOLOTREE_STRATEGY
export LC_ALL=C

step() { printf '  %s\n' "$*"; }
wrong() { printf '\nThis is wrong: %s\n' "$*" >&2; exit 1; }

# json KEY TEXT: the first value of that name.
json() {
  tr -d '\n' <<<"$2" | grep -oE "\"$1\": *(\"[^\"]*\"|[a-z0-9.]+)" | head -n 1 | sed -E 's/^"[^"]*": *//; s/^"//; s/"$//'
}

# timed COMMAND…: its seconds in $seconds, its output in $output, its exit code as its own.
timed() {
  local start=$EPOCHREALTIME code=0
  output=$("$@" 2>"$scratch/errors") || code=$?
  seconds=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }')
  return "$code"
}

add() { printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$@" >>"$scratch/table"; }

# try ENVIRONMENT SOURCE VOLUME STRATEGY: restores, compares, looks at the disk, runs something, deletes.
try() {
  local environment=$1 source=$2 volume=$3 strategy=$4 space=$1-$4 path files relocated retimed differences proof answer disk both meta apart linked
  if ! timed "$binary" --home "$home" --json --no-progress init --catalog "$environment" --space "$space" --strategy "$strategy"; then
    step "$strategy: not here ($(json code "$(cat "$scratch/errors")"))"
    add "$environment" "$volume" "holotree $strategy" - 'not here' '' ''
    return
  fi
  path=$(json path "$output") files=$(json files "$output")
  relocated=$(tr -d '\n' <<<"$output" | grep -oE '"relocated": *\{[^}]*\}' | grep -oE '"files": *[0-9]+' | grep -oE '[0-9]+')
  retimed=$(json retimed "$output")

  differences=$(diff -rq --no-dereference -- "$source" "$path" | wc -l || true)
  [[ $differences == $((relocated + retimed)) ]] \
    || wrong "$differences paths differ between $source and $path, but $relocated were relocated and $retimed follow a hard-linked source's time"
  proof="all $files equal"
  if [[ $relocated != 0 ]]; then
    proof="$((files - relocated)) equal, $relocated relocated"
    if grep -rqIF -- "$source" "$path"; then wrong "a text file in $path still names $source"; fi
  fi
  if [[ $retimed != 0 ]]; then proof="$((files - relocated - retimed)) equal, $relocated relocated, $retimed with the time of their linked source"; fi

  sync
  read -r both meta apart <<<"$(sharing "$path")"
  linked=$(find "$path" -type f -links +1 -printf . | wc -c)
  disk="$both shared"
  if [[ $meta != 0 ]]; then disk+=", $meta inline"; fi
  if [[ $linked != 0 ]]; then disk+=", $linked linked"; fi
  if [[ $apart != 0 ]]; then disk+=", $apart own"; fi
  if [[ $strategy == reflink && $((apart + linked)) -gt $relocated ]]; then wrong "$apart files of a reflinked space have blocks of their own"; fi

  answer=$(answer_of "$environment" "$path")
  step "$strategy: $seconds s, $proof; $disk; runs ($answer)"
  add "$environment" "$volume" "holotree $strategy" "$seconds" "$proof" "$disk" "$answer"
  "$binary" --home "$home" delete "$space" >/dev/null
  [[ ! -e $path ]] || wrong "$path is still there after it was deleted"
}

# Runs a program out of a restored environment and says what it answered.
answer_of() {
  local answer
  case $1 in
    dotnet)
      answer=$(cd "$scratch" && env -u DOTNET_ROOT DOTNET_CLI_HOME="$scratch/cli" DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 "$2/dotnet" --version) \
        || wrong "dotnet in $2 does not run"
      echo "dotnet $answer"
      ;;
    python)
      answer=$("$2/bin/python" -c 'import sys; print(sys.prefix)') || wrong "python in $2 does not run"
      [[ $answer == "$2" ]] || wrong "python in $2 takes $answer for its home"
      "$2/bin/pip" --version >/dev/null || wrong "pip in $2 does not run"
      echo 'python, pip'
      ;;
  esac
}

# show ENVIRONMENT SOURCE VOLUME: beside cp, record, every strategy.
show() {
  local environment=$1 source=$2 volume=$3 strategy
  printf '\n%s on %s\n' "$environment" "$volume"
  cp -a -- "$source" "$scratch/original"
  sync
  timed cp -a "$scratch/original" "$scratch/copy"
  step "cp -a: $seconds s"
  add "$environment" "$volume" 'cp -a' "$seconds" '' '' ''
  rm -rf -- "$scratch/copy"
  sync
  if timed cp -a --reflink=always "$scratch/original" "$scratch/copy"; then
    step "cp -a --reflink=always: $seconds s"
    add "$environment" "$volume" 'cp -a --reflink=always' "$seconds" '' '' ''
  fi
  rm -rf -- "$scratch/copy" "$scratch/original"

  timed "$binary" --home "$home" --json --no-progress record "$source" --name "$environment" || wrong "recording failed: $(cat "$scratch/errors")"
  step "record: $seconds s, $(json files "$output") files"
  add "$environment" "$volume" 'holotree record' "$seconds" "$(json files "$output") files" '' ''
  for strategy in "${strategies[@]}"; do
    sync
    try "$environment" "$source" "$volume" "$strategy"
  done

  # Templates are read-only, for rm as well.
  "$binary" --home "$home" remove "$environment" >/dev/null && "$binary" --home "$home" gc >/dev/null || true
}

show_volume() {
  local volume=$1 answer
  scratch=$(mktemp -d "$2/holotree-demo.XXXXXX") home=$scratch/home
  if [[ -e $gathered ]]; then cp -- "$gathered" "$scratch/table"; fi
  mkdir "$home"
  answer=$("$binary" --json doctor "$scratch")
  # Copying works everywhere; what else does, the doctor has tried.
  strategies=(smart copy)
  if [[ $(json hardlink "$answer") == true ]]; then strategies+=(hardlink); fi
  if [[ $(json reflink "$answer") == true ]]; then strategies+=(reflink); fi
  if [[ $(json snapshot "$answer") == true ]]; then strategies+=(snapshot); fi
  printf '\n%s: works with %s; smart chooses %s\n' "$volume" "${strategies[*]:1}" "$(json smart "$answer")"

  if [[ -n $sdk ]]; then show dotnet "$sdk" "$volume"; fi
  if python3 -m venv "$scratch/venv" >/dev/null 2>&1; then
    show python "$scratch/venv" "$volume"
  else
    printf '\nno Python here that makes virtual environments: left out\n'
  fi
  cp -- "$scratch/table" "$gathered"
  rm -rf -- "$scratch"
}

gathered=$(mktemp -u) scratch='' sdk=''
trap 'rm -rf -- "$gathered" ${scratch:+"$scratch"}' EXIT
if command -v dotnet >/dev/null; then sdk=$(dirname -- "$(realpath -- "$(command -v dotnet)")"); fi
command -v filefrag >/dev/null || PATH=$PATH:/usr/sbin:/sbin

printf 'holotree on real environments. Every copy is compared with its original, looked at on the disk, run and deleted.\n'
if [[ -n ${HOLOTREE_TEST_VOLUMES:-} ]]; then
  for volume in btrfs xfs; do show_volume "$volume" "$HOLOTREE_TEST_VOLUMES/$volume"; done
else
  mkdir -p "$repository/artifacts/demo"
  show_volume "$(findmnt -n -o FSTYPE -T "$repository/artifacts/demo")" "$repository/artifacts/demo"
fi

echo
awk -F '\t' '
  function line(a, b, c, d, e, f, g,   text) {
    text = sprintf("%-12s %-7s %-26s %8s  %-26s %-38s %s", a, b, c, d, e, f, g)
    sub(/ +$/, "", text)
    print text
  }
  BEGIN { line("environment", "place", "way", "seconds", "compared", "on the disk", "runs"); line("-----------", "-----", "---", "-------", "--------", "-----------", "----") }
  { if ($1 $2 != last && NR > 1) print ""; last = $1 $2; line($1, $2, $3, $4, $5, $6, $7) }' "$gathered"
