# Sourced by bench/side-by-side.sh: bars that need trees of their own.

measure_special() {
  volume=$1
  scratch=$(mktemp -d "$2/bench.XXXXXX")
  if [[ $volume == btrfs ]]; then measure_counts; fi
  if [[ $volume == btrfs || $volume == xfs ]]; then measure_large_file; fi
  leave
}

# Snapshots of trees without relocation: ten thousand files against half a million.
measure_counts() {
  local count round
  tree=counts
  emit tree "$tree" 'one snapshot of 10,000 and of 500,000 files' 'files of 200 to 3,200 bytes, none of which is relocated'
  for count in 10000 500000; do
    say "$volume: snapshots of $count files"
    home=$scratch/home-$count
    emit row "$tree" "$volume" "snapshot-$count" "\`holotree init --strategy snapshot\`, $count files"
    # Moved once it is made, so that no file names the place it is recorded at.
    "$artifacts/maketree" "$scratch/made" "$count"
    mv -- "$scratch/made" "$scratch/tree-$count"
    sync
    if ! holotree "$home" record "$scratch/tree-$count" --name tree || ! holotree "$home" init --catalog tree --space s-0 --strategy snapshot; then
      refused "snapshot-$count"
      continue
    fi
    for ((round = 1; round <= runs; round++)); do
      sync
      holotree "$home" init --catalog tree --space "s-$round" --strategy snapshot || { refused "snapshot-$count"; break; }
      keep "snapshot-$count"
    done
  done
}

# A file of 100 MB with one relocation, cloned and patched against written whole, in one process.
measure_large_file() {
  local name seconds on_disk
  tree=large-file
  emit tree "$tree" 'one file of 100 MB with one relocation' 'within one process, which makes several and divides'
  emit row "$tree" "$volume" patched 'cloned, and the block around the place written'
  emit row "$tree" "$volume" written 'written whole'
  say "$volume: a file of 100 MB with one relocation"
  mkdir "$scratch/large-file"
  "$bench" large-file "$scratch/large-file" "$runs" | while read -r name seconds on_disk; do
    emit time "$tree" "$volume" "$name" "$seconds" "$on_disk" 0
  done
}
