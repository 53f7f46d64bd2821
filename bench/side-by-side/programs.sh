# Sourced by bench/side-by-side.sh: the other programs, each with its store warm. What does not install is left out and said so.

pnpm=$artifacts/installers/node_modules/.bin/pnpm
bun=$artifacts/installers/bun

# prepare_programs: before there are volumes; the network may be needed.
prepare_programs() {
  local tree
  if [[ " $trees " == *' node '* ]]; then prepare_installers || true; fi
  mkdir -p "$artifacts/stores"
  for tree in $trees; do
    if command -v ostree >/dev/null; then prepare_ostree "$tree"; fi
    if command -v casync >/dev/null; then prepare_casync "$tree"; fi
  done
}

prepare_installers() {
  command -v npm >/dev/null || { say 'npm is missing: no pnpm and no bun'; return 1; }
  if ! cmp -s "$here/installers/package-lock.json" "$artifacts/installers/installed.json"; then
    rm -rf -- "$artifacts/installers" "$artifacts"/{pnpm,bun}*
    mkdir "$artifacts/installers"
    cp -- "$here/installers/"{package.json,package-lock.json,.npmrc} "$artifacts/installers/"
    (cd -- "$artifacts/installers" && npm ci --no-progress --loglevel=error >/dev/null) || { say 'npm ci failed: no pnpm and no bun'; return 1; }
    cp -- "$here/installers/package-lock.json" "$artifacts/installers/installed.json"
  fi
  # Its own install script would put the program where it belongs; no package's scripts are run here.
  ln -sf -- "$artifacts/installers/node_modules/@oven/bun-"*/bin/bun "$bun"
  warm pnpm import || say 'pnpm cannot fill its store: left out'
  warm bun || say 'bun cannot fill its cache: left out'
}

# warm PROGRAM: fills its store from the network, once, and keeps the manifest with its own lock file.
warm() {
  local program=$1 folder=$artifacts/$1
  [[ ! -f $folder/warm ]] || return 0
  say "filling the store of $program (a minute)"
  rm -rf -- "$folder" "$folder-store"
  mkdir "$folder"
  cp -- "$here/node-tree/"{package.json,package-lock.json} "$folder/"
  (
    cd -- "$folder"
    case $program in
      pnpm) "$pnpm" import && "$pnpm" install --frozen-lockfile --ignore-scripts --store-dir "$folder-store" ;;
      bun) BUN_INSTALL_CACHE_DIR=$folder-store "$bun" install --ignore-scripts --no-progress ;;
    esac
  ) >"$folder.log" 2>&1 || return 1
  rm -rf -- "$folder/node_modules"
  touch "$folder/warm"
}

prepare_ostree() {
  local repo=$artifacts/stores/$1.ostree
  [[ ! -d $repo ]] || return 0
  say "committing the tree $1 to ostree"
  rm -rf -- "$repo.incoming"
  ostree --repo="$repo.incoming" init --mode=bare-user
  # Nothing else here waits for the disk before it ends.
  ostree --repo="$repo.incoming" config set core.fsync false
  ostree --repo="$repo.incoming" commit --branch=tree --tree=dir="$(path_of "$1")" --no-xattrs --subject=tree >/dev/null
  # A machine that stopped later had left objects without the attributes that ostree keeps their modes in.
  sync -f "$repo.incoming"
  mv -- "$repo.incoming" "$repo"
}

prepare_casync() {
  local store=$artifacts/stores/$1.castr
  [[ ! -f $artifacts/stores/$1.caidx ]] || return 0
  say "putting the tree $1 into a store of casync"
  rm -rf -- "$store"
  casync make --with=unix --store="$store" "$artifacts/stores/$1.incoming.caidx" "$(path_of "$1")" >/dev/null 2>&1 || { say 'that failed: left out'; return 0; }
  mv -- "$artifacts/stores/$1.incoming.caidx" "$artifacts/stores/$1.caidx"
}

# Programs that link or clone out of their store need it on the volume.
place_stores() {
  local tree=$1 store
  if [[ -d $artifacts/stores/$tree.ostree ]]; then cp -a -- "$artifacts/stores/$tree.ostree" "$scratch/ostree"; fi
  if [[ $tree == node ]]; then
    for store in pnpm bun; do
      if [[ -f $artifacts/$store/warm ]]; then cp -a -- "$artifacts/$store-store" "$scratch/$store-store"; fi
    done
  fi
}

# The rows of other programs for a tree on a volume.
rows_of_programs() {
  local tree=$1 volume=$2
  echo rsync file-copy
  if [[ -d $artifacts/stores/$tree.ostree ]]; then
    if [[ $volume == ext4 ]]; then echo ostree-link; else echo ostree-copy; fi
  fi
  if [[ -f $artifacts/stores/$tree.caidx ]]; then echo casync; fi
  if [[ $tree == node && -f $artifacts/pnpm/warm ]]; then echo pnpm; fi
  if [[ $tree == node && -f $artifacts/bun/warm ]]; then echo bun; fi
}
