#!/usr/bin/env bash
# Test volumes of every kind, made of loop files. They need root and loop devices. On macOS `run` makes disk images, which need neither;
# the other verbs are of Linux.
#
#   tests/volumes.sh run -- COMMAND…      makes them, runs COMMAND with HOLOTREE_TEST_VOLUMES set, removes them; exits as COMMAND did
#   tests/volumes.sh run-as-user -- COMMAND…   the same, but COMMAND is an ordinary user's, in this repository
#   tests/volumes.sh can                  says what is missing, and exits with 0 when nothing is
#   tests/volumes.sh up DIR               makes them under DIR, to stay until
#   tests/volumes.sh down DIR             removes them again
#
# HOLOTREE_VOLUMES       which ones, for example "btrfs xfs"; all of them when unset; "none" goes on without any
# HOLOTREE_VOLUME_SIZE   apparent size of the large ones (8G); the files are sparse
# TMPDIR                 where `run` puts the files (/var/tmp: /tmp is often memory)
#
# An ordinary user cannot make any, so `run` says so and goes on without. Root can: what is missing there ends the run, or tests
# would be skipped and nobody would know.
#
# `run` works in a mount and process namespace of its own. When it ends, however it ends, the kernel ends every process in
# there, and with the last of them go the mounts and the loop devices. The files go by a trap; those of a run that was
# killed are found by their free lock and removed by the next run.
set -euo pipefail

everything='btrfs btrfs2 xfs xfs-noreflink ext4 tmpfs nocow overlay bind small smallxfs smallbtrfs'
if [[ $(uname -s) == Darwin ]]; then everything='apfs hfs'; fi
PATH=$PATH:/usr/sbin:/sbin
self=$(realpath -- "${BASH_SOURCE[0]}")

say() { printf 'volumes: %s\n' "$*" >&2; }
usage() { sed -n '2,9s/^# \{0,1\}//p' "$self" >&2; exit 2; }

wanted() { [[ " $names " == *" $1 "* ]]; }

# A nested volume needs the one it lies in.
choose() {
  names=${HOLOTREE_VOLUMES:-$everything}
  [[ $names != none ]] || return 0
  local name
  for name in $names; do
    [[ " $everything " == *" $name "* ]] || { say "no volume is called '$name'; known: $everything"; exit 2; }
  done
  if wanted nocow && ! wanted btrfs; then names+=' btrfs'; fi
  if { wanted overlay || wanted bind; } && ! wanted xfs; then names+=' xfs'; fi
}

# Prints what stands in the way, one thing a line; nothing when all is well.
missing() {
  [[ $(uname -s) == Linux ]] || { echo 'Linux'; return; }
  [[ $(id -u) == 0 ]] || { echo 'root'; return; }
  local tool tools='mount umount losetup unshare setpriv flock'
  if wanted btrfs || wanted btrfs2 || wanted smallbtrfs; then tools+=' mkfs.btrfs'; fi
  if wanted xfs || wanted xfs-noreflink || wanted smallxfs; then tools+=' mkfs.xfs'; fi
  if wanted ext4 || wanted small; then tools+=' mkfs.ext4'; fi
  if wanted nocow; then tools+=' chattr'; fi
  for tool in $tools; do
    command -v "$tool" >/dev/null || echo "the program $tool"
  done
  patiently losetup --find || echo 'loop devices'
  unshare "${namespaces[@]}" true 2>/dev/null || echo 'the right to make mount and process namespaces'
}

# Others look for loop devices at the same moment; the kernel makes one at a time, and who comes second may be told that there is none.
patiently() {
  local try
  for try in 1 2 3 4 5; do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep "0.$try"
  done
  return 1
}

namespaces=(--mount --propagation private --pid --fork --kill-child=KILL --mount-proc)

# make NAME SIZE MOUNT-OPTIONS MKFS…: a sparse file, a filesystem on it, mounted under its name.
make() {
  local name=$1 size=$2 options=$3 log
  shift 3
  wanted "$name" || return 0
  truncate --size "$size" "$root/.images/$name"
  log=$("$@" "$root/.images/$name" 2>&1) || { say "$1 failed for $name: $log"; return 1; }
  mkdir "$root/$name"
  patiently mount -o "$options" "$root/.images/$name" "$root/$name" || { say "$name cannot be mounted: $(mount -o "$options" "$root/.images/$name" "$root/$name" 2>&1)"; return 1; }
  if [[ -d $root/$name/lost+found ]]; then rmdir "$root/$name/lost+found"; fi
  chmod 1777 "$root/$name"
}

up() {
  root=$(realpath -m -- "$1")
  local size=${HOLOTREE_VOLUME_SIZE:-8G}
  mkdir -p "$root"
  mkdir -m 700 "$root/.images"

  make btrfs "$size" loop mkfs.btrfs -q -K
  make btrfs2 "$size" loop mkfs.btrfs -q -K
  make xfs "$size" loop mkfs.xfs -q -K -m reflink=1
  make xfs-noreflink "$size" loop mkfs.xfs -q -K -m reflink=0
  # noinit_itable: no thread that zeroes inode tables behind a measurement's back.
  make ext4 "$size" loop,noinit_itable mkfs.ext4 -q -E nodiscard,lazy_itable_init=1
  make small 16M loop mkfs.ext4 -q -E nodiscard
  make smallxfs 300M loop mkfs.xfs -q -K -m reflink=1
  make smallbtrfs 128M loop mkfs.btrfs -q -K

  if wanted tmpfs; then
    mkdir "$root/tmpfs"
    mount -t tmpfs -o size=2G,mode=1777 tmpfs "$root/tmpfs"
  fi
  if wanted nocow; then
    mkdir -m 1777 "$root/btrfs/nocow"
    chattr +C "$root/btrfs/nocow"
  fi
  if wanted overlay; then
    mkdir -p "$root/overlay" "$root/xfs/.overlay/"{lower/below,upper,work}
    printf 'from below\n' >"$root/xfs/.overlay/lower/below/file"
    chmod 1777 "$root/xfs/.overlay/"{lower,lower/below,upper}
    # Relative, because a comma or a colon in an absolute path would end the option.
    (cd "$root/xfs/.overlay" && mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay "$root/overlay")
    chmod 1777 "$root/overlay"
  fi
  if wanted bind; then
    mkdir "$root/bind"
    mkdir -m 1777 "$root/xfs/.bind"
    mount --bind "$root/xfs/.bind" "$root/bind"
  fi
}

down() {
  root=$(realpath -e -- "$1")
  [[ -d $root/.images ]] || { say "there are no volumes in $root"; exit 2; }
  local name
  for name in bind overlay tmpfs small smallxfs smallbtrfs ext4 xfs-noreflink xfs btrfs2 btrfs; do
    [[ -d $root/$name ]] || continue
    if mountpoint -q "$root/$name"; then umount "$root/$name"; fi
    rmdir "$root/$name"
  done
  rm -rf --one-file-system -- "$root/.images"
  rmdir --ignore-fail-on-non-empty -- "$root"
}

# A run that is alive holds the lock in its folder, and so does every process it started.
sweep() {
  local folder
  for folder in "$1"/holotree-volumes.*; do
    [[ -d $folder && ! -L $folder && -O $folder && -f $folder/lock ]] || continue
    if flock --nonblock "$folder/lock" true; then
      say "removing what a killed run left in $folder"
      rm -rf --one-file-system -- "$folder"
    fi
  done
}

# on_mac COMMAND…: nothing takes the images away when this is killed but the next restart; they are sparse and few.
on_mac() {
  local size=${HOLOTREE_VOLUME_SIZE:-4g} code=0
  run_folder=$(mktemp -d "${TMPDIR:-/tmp}/holotree-volumes.XXXXXX")
  trap detach_images EXIT
  mkdir "$run_folder/volumes"
  attach_image apfs APFS "$size"
  attach_image hfs HFS+ "$size"
  HOLOTREE_TEST_VOLUMES=$run_folder/volumes "$@" || code=$?
  exit "$code"
}

# attach_image NAME FILESYSTEM SIZE: a sparse image with one filesystem, mounted in the folder of its name.
attach_image() {
  local name=$1 image=$run_folder/$1.sparseimage log
  wanted "$name" || return 0
  mkdir "$run_folder/volumes/$name"
  if ! log=$(hdiutil create -type SPARSE -fs "$2" -size "$3" -volname "holotree-$name" "$image" 2>&1 &&
    hdiutil attach -nobrowse -owners on -mountpoint "$run_folder/volumes/$name" "$image" 2>&1); then
    say "hdiutil cannot make $name: $log"
    exit 1
  fi
}

# Images that are still mounted are left with what is on them: nothing is deleted through a mount.
detach_images() {
  local folder
  for folder in "$run_folder"/volumes/*; do
    [[ -d $folder ]] || continue
    hdiutil detach -quiet -force "$folder" || say "$folder is still mounted"
    rmdir "$folder" || true
  done
  rmdir "$run_folder/volumes" && rm -f -- "$run_folder"/*.sparseimage && rmdir "$run_folder" || true
}

# run VERB COMMAND…: VERB is the one that the command is run by in the namespace.
run() {
  local verb=$1 lacks base
  shift
  lacks=$(missing)
  if [[ $names == none ]]; then
    say 'no test volumes, as HOLOTREE_VOLUMES says: what needs them will be skipped'
    unset HOLOTREE_TEST_VOLUMES
    exec "$@"
  fi
  if [[ $verb == inside && $(uname -s) == Darwin ]]; then on_mac "$@"; fi
  if [[ -n $lacks ]]; then
    [[ $verb == inside ]] || { say "missing: ${lacks//$'\n'/, }"; exit 1; }
    say "no test volumes, because this is missing: $(paste -sd, - <<<"$lacks" | sed 's/,/, /g')"
    if [[ $(id -u) == 0 ]]; then
      say 'root is expected to have them: install what is missing, or set HOLOTREE_VOLUMES=none to skip what needs them'
      exit 1
    fi
    say 'going on without them: what needs them will be skipped'
    unset HOLOTREE_TEST_VOLUMES
    exec "$@"
  fi
  base=${TMPDIR:-/var/tmp}
  sweep "$base"
  run_folder=$(mktemp -d "$base/holotree-volumes.XXXXXX")
  # No mount can be seen from here, so removing the folder cannot reach into a volume.
  trap 'rm -rf --one-file-system -- "$run_folder"' EXIT
  chmod 755 "$run_folder"
  exec 9>"$run_folder/lock"
  flock 9
  local code=0
  setpriv --pdeathsig KILL -- unshare "${namespaces[@]}" -- bash "$self" "$verb" "$run_folder/volumes" "$@" || code=$?
  exit "$code"
}

# The first process of the namespace. It stays, because the first process has to collect orphans.
inside() {
  local folder=$1 code=0
  shift
  trap : INT TERM HUP
  up "$folder"
  HOLOTREE_TEST_VOLUMES=$folder "$@" || code=$?
  exit "$code"
}

# The user owns nothing but a home, and inherits no variable. The repository may lie in a folder that is closed to him: he sees it
# through a mount of its own.
inside_as_user() {
  local folder=$1 nobody=65534 place=$1/.user code=0
  shift
  trap : INT TERM HUP
  up "$folder"
  mkdir -p "$place/repository"
  mkdir -m 700 "$place/home"
  chown "$nobody:$nobody" "$place/home"
  mount --bind "$(dirname -- "$self")/.." "$place/repository"
  cd -- "$place/repository"
  env -i PATH="$PATH" HOME="$place/home" LC_ALL=C.UTF-8 ${DOTNET_ROOT:+DOTNET_ROOT="$DOTNET_ROOT"} \
    ${HOLOTREE_VOLUMES:+HOLOTREE_VOLUMES="$HOLOTREE_VOLUMES"} ${HOLOTREE_VOLUME_REPORT:+HOLOTREE_VOLUME_REPORT="$HOLOTREE_VOLUME_REPORT"} \
    HOLOTREE_TEST_VOLUMES="$folder" HOLOTREE_BINARY="$place/repository/artifacts/bin/holotree" \
    setpriv --reuid="$nobody" --regid="$nobody" --clear-groups -- "$@" || code=$?
  exit "$code"
}

verb=${1:-}
[[ $# == 0 ]] || shift
choose
case $verb in
  run | run-as-user)
    if [[ ${1:-} == -- ]]; then shift; fi
    [[ $# -gt 0 ]] || usage
    run "inside${verb#run}" "$@"
    ;;
  can)
    lacks=$(missing)
    [[ -z $lacks ]] || { say "missing: ${lacks//$'\n'/, }"; exit 1; }
    ;;
  up | down)
    [[ $# == 1 ]] || usage
    if [[ $verb == up ]]; then
      lacks=$(missing)
      [[ -z $lacks ]] || { say "missing: ${lacks//$'\n'/, }"; exit 1; }
    fi
    "$verb" "$1"
    ;;
  inside) inside "$@" ;;
  inside-as-user) inside_as_user "$@" ;;
  *) usage ;;
esac
