# Sourced by bench/side-by-side.sh: rounds, and the lines that the report is made of.

# emit KIND FIELD…: one line, its fields parted by tabs.
emit() {
  local IFS=$'\t'
  printf '%s\n' "$*" >>"$results"
}

# keep ROW: the last timing belongs to that row.
keep() {
  local seconds on_disk kib
  read -r seconds on_disk kib <"$scratch/time"
  emit time "$tree" "$volume" "$1" "$seconds" "$on_disk" "$kib"
}

# Rows of other programs that take long are measured less often, or nobody would run this: three times over 2 s, twice over 5 s,
# the first run included. The report says how often.
others=' rsync file-copy ostree-copy ostree-link casync pnpm bun '
rounds_of() {
  local on_disk
  [[ $others == *" $1 "* ]] || { echo "$runs"; return; }
  read -r _ on_disk _ <"$scratch/time"
  awk -v s="$on_disk" -v runs="$runs" 'BEGIN { most = s > 5 ? 2 : s > 2 ? 3 : runs; print (runs < most ? runs : most) }'
}

# declare_rows NAME…: in the order of the tables.
declare_rows() {
  local name
  for name in "$@"; do emit row "$tree" "$volume" "$name" "$(label_of "$name")"; done
}

# refused ROW: the report says why it is missing.
refused() {
  local why
  why=$(json message err)
  if [[ -z $why ]]; then why=$(head -n 1 "$scratch/err"); fi
  why=${why//"$scratch"/…}
  say "$volume: $1 cannot be done: ${why:-no reason given}"
  emit absent "$tree" "$volume" "$1" "${why:-no reason given}"
}

# measure_tree TREE VOLUME FOLDER: lay out, try every row and look at what it made, then measure.
measure_tree() {
  tree=$1 volume=$2
  local original name round count path rows=() usable=()
  local -A rounds=()
  scratch=$(mktemp -d "$3/bench.XXXXXX") source=$scratch/source home=$scratch/home
  original=$(path_of "$tree")
  say "$volume, $tree: laying out"
  emit tree "$tree" "$(title_of "$tree")" "$(describe_tree "$tree")"
  cp -a -- "$original" "$source"
  sync
  # A tree that names its own place is recorded there, or there would be nothing to relocate.
  if [[ $tree == python ]]; then path=$original; else path=$source; fi
  if ! holotree "$home" record "$path" --name tree; then
    cat "$scratch/err" >&2
    say "$volume, $tree: recording failed, so nothing is measured"
    failed=1
    return
  fi

  read -ra rows <<<"$(rows_of_basis "$tree" "$volume" | paste -sd ' ' -)"
  if wanted bars; then read -ra name <<<"$(rows_of_bars "$tree" "$volume" | paste -sd ' ' -)"; rows+=("${name[@]}"); fi
  if wanted trees; then
    place_stores "$tree"
    read -ra name <<<"$(rows_of_programs "$tree" "$volume" | paste -sd ' ' -)"
    rows+=("${name[@]}")
  fi
  declare_rows "${rows[@]}"
  prepare_rows

  for name in $(printf '%s\n' "${rows[@]}" | shuf --random-source=<(yes 0)); do
    sync
    if ! row "$name" 0; then refused "$name"; continue; fi
    count=$(rounds_of "$name")
    # The first run of the others counts where it is one of few; else it only warms up.
    if [[ $count -lt $runs ]]; then keep "$name"; count=$((count - 1)); fi
    if ! look_at "$name"; then refused "$name"; failed=1; continue; fi
    usable+=("$name")
    rounds[$name]=$count
  done
  clear_round 0 "${rows[@]}"

  for ((round = 1; round <= runs; round++)); do
    say "$volume, $tree: round $round of $runs"
    for name in $(printf '%s\n' "${usable[@]}" | shuf --random-source=<(yes "$round")); do
      [[ $round -le ${rounds[$name]} ]] || continue
      # Everything, since the files under the loop devices are written behind too.
      sync
      if row "$name" "$round"; then
        keep "$name"
      else
        refused "$name"
        rounds[$name]=0 failed=1
      fi
    done
    if wanted bars && [[ $tree == node ]]; then time_deleting "$round"; fi
    # A volume of our own goes as a whole, which is quicker than to remove many files from it.
    if [[ $round -lt $runs || -n $place ]]; then clear_round "$round" "${rows[@]}"; fi
  done
  if [[ -n $place || $(find "$source" -type f -printf . | wc -c) -lt 10000 ]]; then leave; fi
  settle "$home"
  sync
}

# What some rows find in place.
prepare_rows() {
  local strategy=reflink
  if [[ " ${rows[*]} " == *' refresh '* ]]; then
    if [[ $volume == ext4 ]]; then strategy=smart; fi
    holotree "$home" init --catalog tree --space stays --strategy "$strategy"
  fi
  if [[ " ${rows[*]} " == *' standby '* ]]; then
    mkdir "$scratch/standby"
    printf 'holotree:\n  standby: 1\n' >"$scratch/standby/settings.yaml"
    holotree "$scratch/standby" record "$source" --name tree
    # Spaces wait for catalogs that were lately in use.
    holotree "$scratch/standby" init --catalog tree --space first || true
  fi
  sync
}

# look_at ROW: compares its first copy with the source, and asks the disk what it shares. Of what others make the files are counted.
# What is wrong stands in $scratch/err.
look_at() {
  local path differences relocated=0 retimed=0 both meta apart
  case $1 in
    init-* | standby)
      emit made "$tree" "$volume" "$1" "$(mechanisms)"
      relocated=$(tr -d '\n' <"$scratch/out" | grep -oE '"relocated": *\{[^}]*\}' | grep -oE '"files": *[0-9]+' | grep -oE '[0-9]+' || echo 0)
      retimed=$(json retimed)
      ;;
    pnpm | bun)
      emit made "$tree" "$volume" "$1" "$(find "$(made "$1" 0)" -type f -printf . | wc -c) files of its own layout"
      return
      ;;
    refresh) [[ $(json mode) == unchanged ]] || { wrong 'the space that stands was not left as it is'; return; } ;;
  esac
  path=$(made "$1" 0)
  [[ -n $path && $1 != record ]] || return 0
  if [[ $others == *" $1 "* ]]; then
    [[ $(find "$path" -type f -printf . | wc -c) == $(find "$source" -type f -printf . | wc -c) ]] || wrong 'it has not made every file'
    return
  fi
  differences=$(diff -rq --no-dereference -- "$source" "$path" | wc -l || true)
  if [[ $differences -gt $((relocated + ${retimed:-0})) ]]; then
    diff -rq --no-dereference -- "$source" "$path" | head -n 5 >&2 || true
    wrong "its copy differs in $differences paths, where $relocated were relocated"
    return
  fi
  if [[ $1 == init-reflink && $tree == node ]]; then
    sync
    read -r both meta apart <<<"$(sharing "$path")"
    [[ $apart == 0 ]] || { wrong "$apart files have blocks of their own"; return; }
    emit note "$tree" "$volume" "On the disk, $(label_of "$1"): $both files share all their blocks, $meta lie among the metadata, 0 have blocks of their own."
  fi
}

# wrong TEXT…: for the report; fails.
wrong() {
  echo "$*" >"$scratch/err"
  return 1
}

# time_deleting ROUND: one copy that cp made against one space; who comes first changes with the round.
time_deleting() {
  local name order='rm delete' copy=cp-reflink space=init-reflink
  if [[ $volume == ext4 ]]; then copy=cp space=init-smart; fi
  [[ $1 != 1 ]] || declare_rows rm delete
  if (($1 % 2)); then order='delete rm'; fi
  for name in $order; do
    sync
    case $name in
      rm) timed rm -rf -- "$scratch/$copy-$1" || continue ;;
      delete) holotree "$home" delete "$space-$1" || { refused delete; continue; } ;;
    esac
    keep "$name"
    settle "$home"
  done
}

# clear_round ROUND ROW…: on as many processors as there are, and until nothing is left to do.
clear_round() {
  local name round=$1
  shift
  for name in "$@"; do
    case $name in
      init-*) "$binary" --home "$home" delete "$name-$round" >/dev/null 2>&1 || true ;;
      standby) "$binary" --home "$scratch/standby" delete "$name-$round" >/dev/null 2>&1 || true ;;
    esac
    printf '%s\0' "$scratch/$name-$round"
  done >"$scratch/cleared"
  discard "$scratch/cleared"
  settle "$home"
  sync
}

# discard FILE: removes what it names, each ended by NUL. Templates are read-only, for their removal too.
discard() {
  local path
  while IFS= read -r -d '' path; do
    for path in "$path/library/templates/"* "$path/"*/library/templates/*; do
      if [[ -d $path ]]; then btrfs property set -t s "$path" ro false 2>/dev/null || true; fi
    done
  done <"$1"
  xargs -0 -P "$(nproc)" -n 1 rm -rf -- <"$1"
}

# leave: removes the scratch folder. Volumes of our own go with it: to delete a million files on them first takes minutes for nothing.
leave() {
  [[ -n $scratch && -n $place ]] || return 0
  local list
  list=$(mktemp)
  printf '%s\0' "$scratch" >"$list"
  discard "$list" || true
  rm -f -- "$list"
  scratch=''
}

version_of() {
  case $1 in
    casync | cp) "$1" --version | head -n 1 ;;
    rsync) rsync --version | grep -oE 'version [0-9.]+' | head -n 1 | sed 's/version/rsync/' ;;
    ostree) echo "ostree $(ostree --version | grep -oE "[0-9]{4}\.[0-9]+" | head -n 1)" ;;
    mkfs.*) echo "$1 $("$1" -V 2>&1 | grep -oE '[0-9]+\.[0-9.]+' | head -n 1)" ;;
    pnpm | bun) echo "$1 $("${!1}" --version)" ;;
  esac
}

emit_facts() {
  local commit program versions=()
  commit=$(git -C "$repository" rev-parse --short HEAD 2>/dev/null || echo unknown)
  if [[ -n $(git -C "$repository" status --porcelain --untracked-files=no 2>/dev/null) ]]; then commit+=' with changes'; fi
  for program in cp rsync ostree casync; do
    if command -v "$program" >/dev/null; then versions+=("$(version_of "$program")"); elif wanted trees; then emit lacking "$program"; fi
  done
  for program in pnpm bun; do
    if [[ -f $artifacts/$program/warm ]] && wanted trees; then versions+=("$(version_of "$program")"); elif wanted trees; then emit lacking "$program"; fi
  done
  for program in $volumes; do versions+=("$(version_of "mkfs.$program")"); done
  emit fact runs "$runs"
  emit fact machine "$(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(awk '/MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GiB"
  emit fact system "$(. /etc/os-release && echo "$PRETTY_NAME"), Linux $(uname -r)"
  if [[ -n $place ]]; then emit fact disk 'a folder at hand'; else emit fact disk "loop devices over sparse files on $(findmnt -n -o FSTYPE -T "${TMPDIR:-/var/tmp}")"; fi
  emit fact holotree "$("$binary" --version | head -n 1), commit $commit"
  emit fact beside "$(printf '%s\n' "${versions[@]}" | paste -sd , - | sed 's/,/, /g')"
  emit fact command "\`./build.sh bench$(for argument in "${original[@]}"; do printf ' %q' "$argument"; done)\`"
}
