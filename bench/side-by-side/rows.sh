# Sourced by bench/side-by-side.sh: how each row is done, and what a row is called. A row is one whole process.

# timed COMMAND…: "SECONDS SECONDS-UNTIL-ON-DISK KIB" in $scratch/time.
timed() { "$artifacts/measure" "$scratch/time" "$scratch" "$@" >"$scratch/out" 2>"$scratch/err"; }
holotree() { timed "$binary" --home "$1" --no-progress --json "${@:2}"; }

# json KEY: the first value of that name in the last output, a string or a number.
json() {
  tr -d '\n' <"$scratch/${2:-out}" | grep -oE "\"$1\": *(\"[^\"]*\"|[0-9.]+)" | head -n 1 | sed -E 's/^[^:]*: *//; s/^"//; s/"$//' || true
}

# mechanisms: how the last restore made its files.
mechanisms() {
  tr -d '\n' <"$scratch/out" | grep -oE '"mechanisms": *\{[^}]*\}' | head -n 1 | grep -oE '"[A-Za-z]+": *[1-9][0-9]*' | tr -d '":' \
    | sed -E 's/^([A-Za-z]+) *([0-9]+)/\2 \1/' | paste -sd, - | sed 's/,/, /g' || true
}

# row NAME ROUND: does it once; what it makes stands at $scratch/NAME-ROUND or is the space NAME-ROUND.
row() {
  local name=$1 fresh=$scratch/$1-$2 seconds
  case $name in
    cp) timed cp -a "$source" "$fresh" ;;
    cp-reflink) timed cp -a --reflink=always "$source" "$fresh" ;;
    rsync) timed rsync -a "$source/" "$fresh" ;;
    file-copy) timed "$bench" copy "$source" "$fresh" ;;
    ostree-copy) timed ostree --repo="$scratch/ostree" checkout -U -C tree "$fresh" ;;
    ostree-link) timed ostree --repo="$scratch/ostree" checkout -U -H tree "$fresh" ;;
    casync) timed casync extract --store="$artifacts/stores/$tree.castr" "$artifacts/stores/$tree.caidx" "$fresh" ;;
    pnpm)
      mkdir "$fresh"
      cp -- "$artifacts/pnpm/"{package.json,pnpm-lock.yaml} "$fresh/"
      timed env -C "$fresh" NPM_CONFIG_UPDATE_NOTIFIER=false "$pnpm" install --offline --frozen-lockfile --ignore-scripts --store-dir "$scratch/pnpm-store"
      ;;
    bun)
      mkdir "$fresh"
      cp -- "$artifacts/bun/"{package.json,bun.lock} "$fresh/"
      # It has no switch for this; a proxy where nobody listens proves that all comes from the cache.
      timed env -C "$fresh" BUN_INSTALL_CACHE_DIR="$scratch/bun-store" https_proxy=http://127.0.0.1:9 http_proxy=http://127.0.0.1:9 \
        "$bun" install --frozen-lockfile --ignore-scripts --no-progress
      ;;
    floor-*)
      # It times itself, so that reading the source is left out as it is for a program with a catalog.
      if [[ $name == floor-look ]]; then
        timed "$artifacts/floor" look "$home/spaces/stays" || return
      else
        timed "$artifacts/floor" "${name#floor-}" "$source" "$fresh" || return
      fi
      seconds=$(cat -- "$scratch/out")
      awk -v own="$seconds" '{ printf "%.4f %.4f %d\n", own, own + $2 - $1, $3 }' "$scratch/time" >"$scratch/time.own"
      mv -- "$scratch/time.own" "$scratch/time"
      ;;
    hash) timed sh -c "find \"\$1\" -type f -print0 | xargs -0 -P2 -n 200 sha256sum >/dev/null" sh "$source" ;;
    record) holotree "$fresh" record "$source" --name tree ;;
    record-again) holotree "$home" record "$source" --name tree ;;
    refresh) holotree "$home" init --catalog tree --space stays ;;
    init-*) holotree "$home" init --catalog tree --space "$name-$2" --strategy "${name#init-}" ;;
    standby) claim "$name-$2" ;;
    ephemeral) holotree "$home" run --catalog tree --ephemeral -- true ;;
    *) say "there is no row $name"; exit 1 ;;
  esac
}

# claim SPACE: fails where no space is in waiting. The next one is laid out by a process of its own, which is waited for outside of the timing.
claim() {
  in_waiting || { echo 'no space in waiting was made' >"$scratch/err"; return 1; }
  holotree "$scratch/standby" init --catalog tree --space "$1"
}

in_waiting() {
  local try idle=0
  for ((try = 0; try < 600 && idle < 50; try++)); do
    if compgen -G "$scratch/standby/standby/*" >/dev/null; then
      settle "$scratch/standby"
      return
    fi
    if working; then idle=0; else idle=$((idle + 1)); fi
    sleep 0.1
  done
  return 1
}

# settle HOME: until nothing works in the background, and what was deleted is gone.
settle() {
  local try
  for ((try = 0; try < 600; try++)); do
    if ! working && { [[ $try -gt 100 ]] || ! compgen -G "$1/states/gone/*.gone" >/dev/null; }; then return; fi
    sleep 0.1
  done
}

working() {
  local process
  for process in /proc/[0-9]*/exe; do
    if [[ $process -ef $binary ]]; then return 0; fi
  done
  return 1
}

# Where row NAME ROUND put its copy; nothing for what makes none.
made() {
  case $1 in
    init-* | standby) json path ;;
    record | record-again | refresh | floor-look | hash | ephemeral) ;;
    pnpm | bun) echo "$scratch/$1-$2/node_modules" ;;
    *) echo "$scratch/$1-$2" ;;
  esac
}

label_of() {
  case $1 in
    cp) echo '`cp -a`' ;;
    cp-reflink) echo '`cp -a --reflink=always`' ;;
    rsync) echo '`rsync -a`' ;;
    file-copy) echo "\`File.Copy\` of .NET, $(nproc) threads" ;;
    ostree-copy) echo '`ostree checkout -U -C`' ;;
    ostree-link) echo '`ostree checkout -U -H` (hard links)' ;;
    casync) echo '`casync extract`, warm store' ;;
    pnpm) echo '`pnpm install --offline`, warm store' ;;
    bun) echo '`bun install`, warm cache' ;;
    floor-look) echo "bare system calls, one look at each name of that space, $(nproc) threads" ;;
    floor-*) echo "bare system calls, ${1#floor-}, $(nproc) threads" ;;
    hash) echo '`xargs -P2 sha256sum`' ;;
    record) echo '`holotree record`, into an empty library' ;;
    record-again) echo '`holotree record`, unchanged' ;;
    refresh) echo '`holotree init` of a space that stands, unchanged' ;;
    init-*) echo "\`holotree init --strategy ${1#init-}\`" ;;
    standby) echo '`holotree init`, a space in waiting' ;;
    ephemeral) echo '`holotree run --ephemeral -- true`' ;;
    rm) echo '`rm -rf` of a copy' ;;
    delete) echo '`holotree delete` of a space' ;;
  esac
}

# The rows of holotree and of the calls below it, for a tree on a volume: those that every part needs.
rows_of_basis() {
  case $1-$2 in
    *-ext4) echo cp floor-hardlink init-smart ;;
    *-btrfs) echo cp cp-reflink floor-reflink init-reflink init-snapshot ;;
    *) echo cp cp-reflink floor-reflink init-reflink ;;
  esac
}

rows_of_bars() {
  case $1-$2 in
    node-xfs) echo record record-again hash refresh floor-look standby ;;
    node-ext4) echo record refresh floor-look ephemeral ;;
    node-btrfs) echo record refresh floor-look ;;
    python-ext4) echo ephemeral ;;
  esac
}
