# Where things are, for the programs that measure; sourced by them. `self` is the one that was started.
here=$(dirname -- "$self")
repository=$(dirname -- "$here")
artifacts=$repository/artifacts/bench
binary=${HOLOTREE_BINARY:-$repository/artifacts/bin/holotree}
bench=$repository/artifacts/build/Holotree.Bench/release/Holotree.Bench
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C.UTF-8
# Settings of the person who measures do not change what is measured.
unset HOLOTREE_HOME ROBOCORP_HOME HOLOTREE_STRATEGY RCC_HOLOTREE_STRATEGY

say() { printf 'bench: %s\n' "$*" >&2; }
