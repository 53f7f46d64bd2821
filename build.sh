#!/usr/bin/env bash
# Everything there is to do with this repository; ./build.sh alone lists it.
set -euo pipefail

repository=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
cd -- "$repository"
artifacts=$repository/artifacts
binary=$artifacts/bin/holotree

usage() {
  cat >&2 <<'TEXT'
usage: ./build.sh COMMAND

  demo                          make, prove and time copies of real environments on the volumes at hand
  test [PROJECT…] [OPTION…]     build and run all tests, or those of some projects (Reflinks.Tests);
                                options go to the xunit runner (-class, -method, …). Root runs all of them,
                                and those that touch files once more as an ordinary user. Windows.Tests runs under Wine
  test --as-user […]            only what root runs as an ordinary user
  publish                       make artifacts/bin/holotree; HOLOTREE_RID names another runtime (win-x64 makes holotree.exe)
  bench [OPTION…]               measure against other programs; writes bench/results
  bench --only PART             only the bars, the trees, the parts or the copies; bench/side-by-side.sh and bench/copies.sh list the other options
  scale [OPTION…]               measure how cost grows with the number of files, up to a million; writes bench/results
  torture [--minutes N] [--seed S] [--only NAME,…]
                                mistreat the program for a while (60 minutes): kill it, cut the power, fill and break its disks, feed it lies
  format [--check]              format the sources, or only say whether they are

demo, test and bench make filesystems from loop files when started as root, and install the Debian packages they need for it.
TEXT
  exit 2
}

say() { printf '%s\n' "$*" >&2; }

# ensure PROGRAM:PACKAGE… - installs what is missing where that is possible, says so where it is not, and goes on.
ensure() {
  [[ $(uname -s) == Linux ]] || return 0
  local pair packages=() log
  for pair in "$@"; do
    # /sbin is not on the path of ordinary users, but its programs are there.
    PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%:*}" >/dev/null || packages+=("${pair#*:}")
  done
  [[ ${#packages[@]} -gt 0 ]] || return 0
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    say "missing packages, going on without them: ${packages[*]}"
    return 0
  fi
  say "installing: ${packages[*]}"
  if ! log=$({
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "${packages[@]}"
  } 2>&1); then
    say "$log"
    say 'that did not work; going on without them'
  fi
}

# Headers that tests compile against. What does not come from Debian has them with it or goes without; the tests say so.
ensure_files() {
  [[ $(uname -s) == Linux ]] || return 0
  local program
  [[ -f /usr/include/linux/fs.h ]] || ensure /usr/include/linux/fs.h:libc6-dev
  program=$(command -v python3 || true)
  if [[ $program == /usr/bin/* ]]; then
    [[ -f $(python3 -c 'import sysconfig; print(sysconfig.get_paths()["include"])')/Python.h ]] || ensure Python.h:python3-dev
    python3 -c 'import ensurepip' 2>/dev/null || ensure ensurepip:python3-venv
  fi
  program=$(command -v node || true)
  if [[ $program == /usr/bin/* && ! -f /usr/include/node/node_api.h ]]; then ensure node_api.h:libnode-dev; fi
}

# What runs programs for Windows here, and compiles against its headers.
ensure_windows() {
  [[ $(uname -sm) == 'Linux x86_64' ]] || return 0
  find_wine >/dev/null || ensure /usr/lib/wine/wine64:wine64
  ensure x86_64-w64-mingw32-gcc:gcc-mingw-w64-x86-64-win32
}

ensure_volumes() {
  ensure mkfs.btrfs:btrfs-progs mkfs.xfs:xfsprogs mkfs.ext4:e2fsprogs chattr:e2fsprogs unshare:util-linux losetup:mount "$@"
}

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

need_dotnet() {
  command -v dotnet >/dev/null || { say 'The .NET SDK 10 is missing: https://dotnet.microsoft.com/download'; exit 1; }
}

runtime_identifier() {
  local system architecture
  case $(uname -s) in
    Linux) system=linux ;;
    Darwin) system=osx ;;
    *) say "no runtime identifier is known for $(uname -s): set HOLOTREE_RID"; exit 1 ;;
  esac
  if [[ $system == linux && $(ldd --version 2>&1) == *musl* ]]; then system=linux-musl; fi
  case $(uname -m) in
    x86_64 | amd64) architecture=x64 ;;
    aarch64 | arm64) architecture=arm64 ;;
    *) say "no runtime identifier is known for $(uname -m): set HOLOTREE_RID"; exit 1 ;;
  esac
  echo "$system-$architecture"
}

build() {
  need_dotnet
  dotnet build Holotree.slnx -c Release -v q -nologo
}

# The first that can be made here: a native program; one for the framework before, where a registry has no native runtime of this one
# (docs/decisions/0007); a precompiled one, for another system than this and where there is no linker.
publish() {
  need_dotnet
  local rid=${HOLOTREE_RID:-$(runtime_identifier)} framework linker=
  if [[ $rid == "$(runtime_identifier)" ]]; then
    ensure gcc:gcc
    linker=$(command -v clang || command -v gcc || true)
    [[ -n $linker ]] || say 'no native program can be made without clang or gcc'
  fi
  for framework in ${linker:+net10.0 net9.0}; do
    publish_as native "$rid" "$framework" "-p:CppCompilerAndLinker=$(basename -- "$linker")" && return
  done
  publish_as precompiled "$rid" net10.0
}

# publish_as PROFILE RID FRAMEWORK OPTION… - fails where the packages for it are not to be had; ends where it cannot be built.
publish_as() {
  local profile=$1 rid=$2 framework=$3 place=$artifacts/$1-$3 log suffix= made elsewhere=
  # The step that links a native program does not quote the paths of what it links.
  if [[ $place == *[[:space:]]* ]]; then
    elsewhere=$(mktemp -d)
    place=$elsewhere/$1-$3
  fi
  if [[ $rid == win-* ]]; then suffix=.exe; fi
  made=$binary$suffix
  # Artifacts of its own: the intermediate files of a trimmed and of a plain build do not mix.
  local options=(src/Holotree.Cli "-p:RuntimeIdentifier=$rid" -v q -nologo "-p:PublishProfile=$profile" "-p:HolotreeFramework=$framework" "${@:4}" --artifacts-path "$place")
  if ! log=$(dotnet restore "${options[@]}" 2>&1); then
    say "no $profile program for $framework: $(grep -o -m1 'error .*' <<<"$log" || echo "$log")"
    [[ -z $elsewhere ]] || rm -rf -- "$elsewhere"
    return 1
  fi
  rm -rf -- "$place/out"
  dotnet publish --no-restore -c Release "${options[@]}" -o "$place/out" || exit 1
  mkdir -p "$artifacts/bin"
  mv -f -- "$place/out/Holotree.Cli$suffix" "$made"
  [[ -z $elsewhere ]] || rm -rf -- "$elsewhere"
  say "made $made ($profile, $framework, $rid, $(($(wc -c <"$made") / 1000000)) MB)"
}

test_projects() {
  local project
  for project in tests/*.Tests/*.Tests.csproj; do basename -- "$project" .csproj; done
}

passed=0 failed=0 skipped=0 failures=

# fail TEXT: one more failure. It is told at once, and again at the end, where it is looked for.
fail() {
  say "$1"
  failures+=$1$'\n'
  failed=$((failed + 1))
}

# failures_in LOG: what a runner printed of the tests that failed, and of what failed outside of a test.
failures_in() {
  awk '{ sub(/\r$/, "") } /^ ? ? ? ?[^ ]/ { of_one = / \[FAIL\]$/ || /^ +\[[^]]*Failure/ } of_one' "$1"
}

# attribute NAME FILE: a number from the <assembly> element of an xunit report, 0 when the run did not get that far.
attribute() {
  grep -o '<assembly [^>]*>' "$2" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' || echo 0
}

# The projects whose tests are about what a user may do to files.
user_projects='Reflinks.Tests Holotree.Tests Holotree.Cli.Tests'

# run_tests_of VERB RESULTS PROJECT OPTION…: VERB is the one of tests/volumes.sh. Paths are relative to the repository, as the ordinary
# user sees it in another place.
run_tests_of() {
  local verb=$1 results=$2 project=$3 code=0 title=$3
  local report=$results/$project.xml log=$results/$project.log
  shift 3
  if [[ $verb == run-as-user ]]; then title+=', as an ordinary user'; fi
  printf '\n== %s\n' "$title"
  HOLOTREE_VOLUME_REPORT=$results/$project.volumes timeout --kill-after=10 15m tests/volumes.sh "$verb" -- \
    "artifacts/build/$project/release/$project" -noColor -noLogo -noAutoReporters -xml "$report" "$@" | tee -- "$log" || code=$?
  count "$title" "$report" "$log" "$code" "$@"
}

# count TITLE REPORT LOG CODE OPTION…: adds what came of a run with these options.
count() {
  local title=$1 report=$2 code=$4 total wrong
  wrong=$(failures_in "$3")
  if [[ -n $wrong ]]; then failures+=$title$'\n'$wrong$'\n'; fi
  shift 4
  if [[ ! -s $report ]]; then
    fail "$title: ended with exit code $code and without a report"
    return
  fi
  total=$(attribute total "$report")
  passed=$((passed + $(attribute passed "$report")))
  skipped=$((skipped + $(attribute skipped "$report")))
  # Errors are failures outside of a test: a fixture, a clean-up.
  failed=$((failed + $(attribute failed "$report") + $(attribute errors "$report")))
  if [[ $total == 0 && $# == 0 ]]; then
    fail "$title: ran no test"
  elif [[ $code != 0 && $(attribute failed "$report") == 0 && $(attribute errors "$report") == 0 ]]; then
    fail "$title: ended with exit code $code though no test failed"
  fi
}

# The prefix of Wine: a Windows of its own in a folder, which must belong to the user. Made anew where another version of Wine made it.
wine_prefix=$artifacts/windows/wine-$(id -u)

find_wine() {
  local program
  # Debian's packages of Wine disagree about what is on the path; the program itself is here.
  for program in /usr/lib/wine/wine64 wine64 wine; do
    if command -v "$program"; then return; fi
  done
  return 1
}

# in_wine SECONDS PROGRAM ARGUMENT…
in_wine() {
  WINEPREFIX=$wine_prefix WINEDEBUG=-all timeout --kill-after=10 "$1" "$wine" "${@:2}"
}

# What Windows programs call a path of this system.
windows_path() {
  printf 'Z:%s' "${1//\//\\}"
}

make_wine_prefix() {
  local version
  version=$("$wine" --version) || return 1
  if [[ $(cat -- "$wine_prefix/made-by" 2>/dev/null) == "$version" ]]; then return; fi
  rm -rf -- "$wine_prefix"
  mkdir -p -- "$wine_prefix"
  # No desktop, no Mono and no Gecko, which it would look for on the network.
  WINEDLLOVERRIDES='mscoree,mshtml=' DISPLAY='' in_wine 120 winecfg /v win10 >/dev/null 2>&1 || return 1
  # Its server writes the registry when it ends; what is started next shall find all of it.
  WINEPREFIX=$wine_prefix timeout 60 "$(dirname -- "$wine")/wineserver" -w || true
  echo "$version" >"$wine_prefix/made-by"
}

# A part of the .NET SDK: libraries, programs and texts in many folders.
real_tree() {
  local part
  for part in "$(dirname -- "$(readlink -f -- "$(command -v dotnet)")")"/sdk/*/Roslyn; do
    if [[ -d $part ]]; then echo "$part"; return; fi
  done
  return 1
}

# times_below FOLDER: everything in it with its time of change, as fine as Windows has times: 100 ns.
times_below() {
  (cd -- "$1" && find . -mindepth 1 -printf '%T@ %y %p\n' | sed -E 's/^([0-9]+\.[0-9]{7})[0-9]*/\1/' | sort -k 3)
}

# leave_out_windows REASON: said, and counted as one that was skipped.
leave_out_windows() {
  say "the tests for Windows are left out: $1"
  skipped=$((skipped + 1))
}

# The one that was written for it, and those that are for every system: there each test says what it lacks.
windows_projects='Windows.Tests Reflinks.Tests Holotree.Tests'

# publish_for_windows PLACE: the test projects in one folder, self-contained, as Wine starts no single-file programs; holotree.exe goes with them.
# Under Wine 8 the runtime ends when it frees a method that was made while running, as reflection and expressions make them, so none is made.
publish_for_windows() {
  local project log options=(-p:RuntimeIdentifier=win-x64 -p:SelfContained=true -p:DynamicCodeSupport=false --artifacts-path "$1" -v q -nologo)
  for project in $windows_projects; do
    if ! log=$(dotnet restore "tests/$project" "${options[@]}" 2>&1); then
      leave_out_windows "no runtime for win-x64: $(grep -o -m1 'error .*' <<<"$log" || echo "$log")"
      return 1
    fi
    dotnet publish "tests/$project" --no-restore -c Release "${options[@]}" -o "$1/tests" || exit 1
  done
}

# run_in_wine PROJECT REPORT LOG OPTION…
run_in_wine() {
  local project=$1 report=$2 log=$3 code=0
  shift 3
  # .NET 10 needs help under Wine 8: tests/WineExceptions, and to write code where it runs (it breaks down when it frees some otherwise).
  # To search and to edit bytes takes long there, and asks nothing of the system that other tests do not ask.
  DOTNET_STARTUP_HOOKS=$(windows_path "$place/tests/WineExceptions.dll") DOTNET_EnableWriteXorExecute=0 \
    HOLOTREE_BINARY=$(windows_path "$place/tests/Holotree.Cli.exe") HOLOTREE_REAL_TREE=$(windows_path "$tree") HOLOTREE_COMPARE=$(windows_path "$place/compare") \
    in_wine 180 "$place/tests/$project.exe" -noColor -noLogo -noAutoReporters -diagnostics -longRunning 60 -xml "$report" \
    -class- Holotree.Tests.Relocation.PrefixFinderTests -class- Holotree.Tests.Relocation.EditedFileTests "$@" >"$log" 2>&1 || code=$?
  # Nothing stays behind: its server, which would wait for others to come, and what hung, which would hold a pipe open.
  WINEPREFIX=$wine_prefix "$(dirname -- "$wine")/wineserver" -k || true
  cat -- "$log"
  return "$code"
}

# run_windows_tests RESULTS OPTION…: once, as whoever runs this; under Wine files are nobody's in particular.
run_windows_tests() {
  local results=$1 project title report log code wine tree copy place=$artifacts/windows
  shift
  printf '\n== Under Wine\n'
  if [[ $(uname -sm) != 'Linux x86_64' ]]; then leave_out_windows "there is no Wine for them on $(uname -sm)"; return; fi
  wine=$(find_wine) || { leave_out_windows 'Wine is missing (the Debian package wine64)'; return; }
  publish_for_windows "$place" || return 0
  make_wine_prefix || { leave_out_windows "Wine makes no prefix in $wine_prefix"; return; }
  tree=$(real_tree) || tree=$place/tests
  rm -rf -- "$place/compare"
  for project in $windows_projects; do
    title="$project, under Wine" report=$results/$project.wine.xml log=$results/$project.wine.log code=0
    printf '\n== %s\n' "$title"
    run_in_wine "$project" "$report" "$log" "$@" || code=$?
    if [[ ! -s $report ]]; then
      # Wine 8 itself hangs in one of a few dozen runs. A test that fails is told and is no reason; who hangs twice has failed.
      say "$title: ended with exit code $code and without a report; once more"
      if [[ $project == Windows.Tests ]]; then rm -rf -- "$place/compare"; fi       # its copies, which are compared below
      code=0
      run_in_wine "$project" "$report" "$log" "$@" || code=$?
    fi
    count "$title" "$report" "$log" "$code" "$@"
  done
  # What the program says of its own copies is one thing; what this system sees is another.
  for copy in "$place"/compare/*; do
    [[ -d $copy ]] || continue
    if diff -r -- "$tree" "$copy" && diff <(times_below "$tree") <(times_below "$copy"); then
      say "${copy##*/}: equal to $tree, by diff and by the times of its $(find "$copy" -type f | wc -l) files"
      passed=$((passed + 1))
    else
      fail "${copy##*/}: differs from $tree"
    fi
  done
  rm -rf -- "$place/compare"
}

# The last line is read by machines and comes whatever happens: a build that breaks is one failure. What failed comes right before it.
test_summary() {
  local code=$?
  if [[ $code != 0 && $failed == 0 ]]; then failed=1; fi
  if [[ -n $failures ]]; then printf '\n== What failed\n%s' "$failures"; fi
  printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  [[ $failed == 0 ]] || exit 1
}

# run_torture RESULTS: the short form; what it does to the program in a minute or two. An ordeal counts as a test. The seed is always
# the same, so that what fails is the fault of the change and not of the dice; `torture` throws them.
run_torture() {
  local log=$1/torture.log last
  printf '\n== Torture, the short form\n'
  HOLOTREE_VOLUME_REPORT=$1/torture.volumes timeout --kill-after=10 15m tests/volumes.sh run -- \
    artifacts/build/Torture/release/Torture --minutes "${HOLOTREE_TORTURE_MINUTES:-2}" --seed "${HOLOTREE_TORTURE_SEED:-1}" 2>&1 | tee "$log" || true
  last=$(tail -n 1 "$log")
  if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2])) skipped=$((skipped + BASH_REMATCH[3]))
  else
    fail 'the torture did not get to its end'
  fi
}

open_to_others() {
  [[ -n $(find . -maxdepth 0 -perm -005) ]] || { say 'nothing is run as an ordinary user: this folder is closed to others'; return 1; }
}

run_tests() {
  local chosen=() project results=artifacts/test-results as_user= only_as_user= whole=
  if [[ ${1:-} == --as-user ]]; then
    only_as_user=1
    shift
    tests/volumes.sh can || { say 'so nothing can be run as an ordinary user on test volumes'; exit 2; }
  fi
  if [[ $# == 0 || -n $only_as_user ]]; then as_user=1; fi
  if [[ $# == 0 && -z $only_as_user ]]; then whole=1; fi
  while [[ $# -gt 0 && -f tests/$1/$1.csproj ]]; do
    chosen+=("$1")
    shift
  done
  if [[ $# -gt 0 && $1 != -* ]]; then
    say "no test project is called '$1'; there are: $(test_projects | paste -sd ' ' -)"
    exit 2
  fi
  [[ ${#chosen[@]} -gt 0 ]] || mapfile -t chosen < <(test_projects)

  trap test_summary EXIT
  ensure_volumes getfattr:attr setfacl:acl gcc:gcc make:make strace:strace perl:perl python3:python3 node:nodejs npm:npm
  ensure_files
  ensure_windows
  # Those for Windows need neither a build nor a program for this system.
  if [[ ${chosen[*]} != Windows.Tests ]]; then
    build
    publish
  fi
  export HOLOTREE_BINARY=$binary
  rm -rf -- "$results"
  mkdir -p "$results"
  if [[ -z $only_as_user ]]; then
    for project in "${chosen[@]}"; do
      if [[ $project == Windows.Tests ]]; then run_windows_tests "$results" "$@"
      else run_tests_of run "$results" "$project" "$@"; fi
    done
  fi
  if [[ -n $as_user && $(id -u) == 0 ]] && tests/volumes.sh can && open_to_others; then
    mkdir -m 777 "$results/as-user"
    for project in $user_projects; do
      [[ " ${chosen[*]} " == *" $project "* ]] || continue
      # Real trees take long, and their files are no other ones for an ordinary user; nor is memory.
      run_tests_of run-as-user "$results/as-user" "$project" -namespace- Holotree.Tests.RealTrees \
        -class- Holotree.Tests.Spaces.PythonEnvironmentTests -class- Holotree.Tests.Spaces.RestoreMemoryTests \
        -method- '*.Relocated_python_environment_is_sound_by_every_strategy_also_after_it_was_used' "$@"
    done
  fi
  if [[ -n $whole ]]; then run_torture "$results"; fi
  local use
  use=$(cat -- "$results"/*.volumes "$results"/*/*.volumes 2>/dev/null | awk '{ n[$1] += $2 } END { for (v in n) print v, n[v] }' | sort | paste -sd, - | sed 's|,|, |g' || true)
  printf '\ntests on each volume: %s\n' "${use:-none}"
}

format() {
  need_dotnet
  case ${1:-} in
    '') dotnet format Holotree.slnx ;;
    --check) dotnet format Holotree.slnx --verify-no-changes ;;
    *) usage ;;
  esac
}

command=${1:-}
[[ $# == 0 ]] || shift
case $command in
  test) run_tests "$@" ;;
  publish) [[ $# == 0 ]] || usage; publish ;;
  format) format "$@" ;;
  demo)
    ensure_volumes filefrag:e2fsprogs diff:diffutils
    publish
    HOLOTREE_BINARY=$binary exec bench/demo.sh "$@"
    ;;
  scale)
    ensure_volumes gcc:gcc diff:diffutils
    publish
    HOLOTREE_BINARY=$binary exec bench/scale.sh "$@"
    ;;
  bench)
    ensure_volumes gcc:gcc diff:diffutils filefrag:e2fsprogs npm:npm rsync:rsync
    ensure ostree:ostree
    ensure casync:casync
    publish
    dotnet build bench/Holotree.Bench -c Release -v q -nologo
    HOLOTREE_BINARY=$binary exec bench/side-by-side.sh "$@"
    ;;
  torture)
    ensure_volumes getfattr:attr strace:strace
    build
    publish
    HOLOTREE_BINARY=$binary exec tests/volumes.sh run -- artifacts/build/Torture/release/Torture "$@"
    ;;
  *) usage ;;
esac
