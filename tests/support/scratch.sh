# shellcheck shell=sh
# To be sourced: puts the folders that tests make, their database servers' above all, into memory where 4 GiB of it are to
# be had; they are gone when the script ends. Nothing in them has to outlive a machine, and on a disk making and dropping
# tables takes most of the tests' time. Elsewhere, or where TMPDIR says so, they are on disk as ever.
if [ -z "${TMPDIR:-}" ] && [ "$(df --output=avail -B1M /dev/shm 2>/dev/null | tail -n 1)" -ge 4096 ] 2>/dev/null &&
  [ "$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)" -ge 8388608 ]; then
  TMPDIR=$(mktemp -d /dev/shm/sipkeep-tests.XXXXXX)
  chmod 711 "$TMPDIR" # tests look at it as other users, too
  export TMPDIR
  trap 'rm -rf "$TMPDIR"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
fi
