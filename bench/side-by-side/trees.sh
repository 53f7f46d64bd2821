# Sourced by bench/side-by-side.sh: the trees that are copied. Each is made once and kept in artifacts/bench.

# Where a tree stands. A recorded tree must have been there always: that path is the one relocation replaces.
path_of() {
  case $1 in
    node) echo "$artifacts/node-tree/node_modules" ;;
    python) cat -- "$artifacts/python.path" ;;
    own) echo "$own_tree" ;;
    *) echo "$artifacts/trees/$1" ;;
  esac
}

title_of() {
  case $1 in
    node) echo 'many small files: a node_modules, made by `npm ci` of `bench/node-tree`' ;;
    python) cat -- "$artifacts/python.title" ;;
    large) echo 'few large files: 8 of 50 to 200 MB' ;;
    medium) echo '1,000 files of 500 KB' ;;
    own) echo 'a tree of your own' ;;
  esac
}

# prepare_tree NAME: fails, after saying why, where it cannot be had here.
prepare_tree() {
  case $1 in
    own) ;;
    node | python) "prepare_$1" ;;
    large) made_once large 8 'head -c "$(((i * 20 + 40) * 1000000))" /dev/urandom' ;;
    medium) made_once medium 1000 'head -c 500000 /dev/urandom' ;;
  esac
}

# made_once NAME FILES COMMAND: a folder of files; COMMAND prints the content of number $i.
made_once() {
  local folder=$artifacts/trees/$1 i
  [[ ! -d $folder ]] || return 0
  say "making the tree $1"
  rm -rf -- "$folder.incoming"
  mkdir -p "$folder.incoming"
  for ((i = 1; i <= $2; i++)); do eval "$3" >"$folder.incoming/file-$i"; done
  mv -- "$folder.incoming" "$folder"
}

prepare_node() {
  local tree=$artifacts/node-tree
  ! cmp -s "$here/node-tree/package-lock.json" "$tree/installed.json" || return 0
  command -v npm >/dev/null || { say 'npm is missing: no node_modules'; return 1; }
  say 'installing node_modules by npm ci (a minute or two)'
  rm -rf -- "$tree" "$artifacts"/{pnpm,bun,stores/node}*
  mkdir "$tree"
  cp -- "$here/node-tree/"{package.json,package-lock.json,.npmrc} "$tree/"
  (cd -- "$tree" && npm ci --no-progress --loglevel=error >/dev/null) || { say 'npm ci failed: no node_modules'; return 1; }
  cp -- "$here/node-tree/package-lock.json" "$tree/installed.json"
}

# A CPython that was installed to a prefix of its own, with many packages, where the machine has one; else one is put together.
prepare_python() {
  local prefix
  [[ ! -f $artifacts/python.path || ! -d $(cat -- "$artifacts/python.path") ]] || return 0
  for prefix in "${HOLOTREE_BENCH_PYTHON:-}" "$(python3 -c 'import sys; print(sys.base_prefix)' 2>/dev/null || true)"; do
    [[ -n $prefix && $prefix != /usr && -d $prefix/lib ]] || continue
    [[ $(find "$prefix" -type f -printf . | wc -c) -ge 10000 ]] || continue
    echo "$prefix" >"$artifacts/python.path"
    echo "a Python installation: $("$prefix/bin/python3" --version) with its packages" >"$artifacts/python.title"
    return 0
  done
  assemble_python
}

# Debian's Python in one folder of its own, with large packages, compiled, and with scripts that name it.
assemble_python() {
  local prefix=$artifacts/trees/python library name
  command -v apt-get >/dev/null || { say 'there is neither a large Python installation nor apt-get: no Python tree'; return 1; }
  say 'putting a Python installation together from Debian packages'
  rm -rf -- "$prefix" "$artifacts/debian"
  mkdir -p "$artifacts/debian" "$prefix/bin"
  if ! (cd -- "$artifacts/debian" && apt-get download -qq python3-minimal "$(readlink -f /usr/bin/python3 | sed 's#.*/##')-minimal" \
    "lib$(readlink -f /usr/bin/python3 | sed 's#.*/##')-"{minimal,stdlib} \
    python3-{numpy,scipy,sympy,pandas,matplotlib,django,twisted,botocore,networkx,sqlalchemy,pip,setuptools} >/dev/null 2>&1); then
    say 'the packages cannot be downloaded: no Python tree'
    return 1
  fi
  for name in "$artifacts/debian/"*.deb; do dpkg -x "$name" "$artifacts/debian/root"; done
  library=$(find "$artifacts/debian/root/usr/lib" -maxdepth 1 -name 'python3.*' | head -n 1)
  mkdir -p "$prefix/lib"
  mv -- "$library" "$prefix/lib/"
  library=$prefix/lib/$(basename -- "$library")
  mv -- "$artifacts/debian/root/usr/lib/python3/dist-packages" "$library/site-packages"
  cp -- "$artifacts/debian/root/usr/bin/$(basename -- "$library")" "$prefix/bin/python3"
  # As pip does it: text and bytecode that name the place they were installed to.
  for name in "$library/site-packages/"*/; do
    name=$(basename -- "$name")
    printf '#!%s/bin/python3\nimport %s\n' "$prefix" "${name%%.*}" >"$prefix/bin/$name"
    chmod 755 "$prefix/bin/$name"
  done
  printf "prefix = '%s'\n" "$prefix" >"$library/_prefix.py"
  /usr/bin/python3 -m compileall -q -j 0 "$library" >/dev/null 2>&1 || true
  rm -rf -- "$artifacts/debian"
  echo "$prefix" >"$artifacts/python.path"
  echo "a Python installation, put together from Debian packages: $(basename -- "$library")" >"$artifacts/python.title"
}

describe_tree() {
  local path
  path=$(path_of "$1")
  printf '%s files (%s of them empty), %s folders, %s links and %s MB' \
    "$(find "$path" -type f -printf . | wc -c)" "$(find "$path" -type f -empty -printf . | wc -c)" "$(find "$path" -type d -printf . | wc -c)" \
    "$(find "$path" -type l -printf . | wc -c)" "$(find "$path" -type f -printf '%s\n' | awk '{ s += $1 } END { printf "%d", s / 1000000 }')"
}
