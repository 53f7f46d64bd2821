# Sourced by the other scripts here.

# What the disk says of the non-empty files of a tree that have one name: how many share all their blocks, lie among the
# metadata (btrfs keeps small files there, and nothing there is ever shared), or have blocks of their own.
sharing() {
  find "$1" -type f -size +0 -links 1 -print0 | xargs -0 -r filefrag -v 2>/dev/null | awk '
    function close_file() { if (!open) return; if (own) apart++; else if (shared) both++; else if (inline_) meta++; open = 0 }
    /^File size of / { close_file(); open = 1; own = shared = inline_ = 0; next }
    /^ *[0-9]+: / { if (/inline/) inline_ = 1; else if (/shared/) shared = 1; else if (!/unwritten/) own = 1 }
    END { close_file(); printf "%d %d %d", both, meta, apart }'
}
