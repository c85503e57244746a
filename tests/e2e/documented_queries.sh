#!/usr/bin/env bash
# documented_queries.sh FILE CLIENT [ARG..]: gives each fenced sql block of FILE to CLIENT, on a database as ./quickstart
# leaves it. A block that fails or finds nothing fails the run. The last line counts them.
set -euo pipefail
file=$1
shift
block=
inside=
count=0
failed=0

run_block() {
  local rows
  count=$((count + 1))
  if ! rows=$("$@" <<<"$block" | wc -l) || [ "$rows" -lt 2 ]; then # a head line and a row
    printf 'documented_queries: %s: this query fails or finds nothing:\n%s' "$file" "$block" >&2
    failed=$((failed + 1))
  fi
}

while IFS= read -r line; do
  case $line in
  '```sql') inside=yes block= ;;
  '```')
    if [ -n "$inside" ]; then run_block "$@"; fi
    inside=
    ;;
  *) if [ -n "$inside" ]; then block+=$line$'\n'; fi ;;
  esac
done <"$file"
echo "$file: $((count - failed)) of $count queries find what they look for"
[ "$failed" = 0 ] && [ "$count" -gt 0 ]
