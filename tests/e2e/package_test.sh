#!/usr/bin/env bash
# package_test.sh CPACK BUILD_DIR: makes the Debian package of a build and looks at it without installing it.
# tests/drills/package installs it, in a root of its own.
set -euo pipefail
cpack=$1
build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
complain() { echo "package_test: $*" >&2; failed=1; }

"$cpack" -G DEB --config "$build/CPackConfig.cmake" -B "$work/made" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
deb=$(echo "$work"/made/*.deb)
[ -f "$deb" ] || { echo "package_test: not one package: $deb" >&2; exit 1; }
dpkg-deb -x "$deb" "$work/root"
dpkg-deb -e "$deb" "$work/control"

for path in etc/cron.d/sipkeep etc/sipkeep/sipkeep.yaml usr/bin/sipkeep usr/lib/systemd/system/sipkeep-retain.timer \
  usr/lib/systemd/system/sipkeep-snapshot.service usr/lib/sysusers.d/sipkeep.conf usr/lib/tmpfiles.d/sipkeep.conf \
  usr/share/bash-completion/completions/sipkeep usr/share/doc/sipkeep/changelog.gz usr/share/doc/sipkeep/copyright \
  usr/share/doc/sipkeep/docs/operations.md usr/share/man/man1/sipkeep.1.gz usr/share/man/man5/sipkeep.yaml.5.gz \
  usr/share/sipkeep/grafana/dashboards/overview.json usr/share/sipkeep/schema/schema.sql; do
  [ -f "$work/root/$path" ] || complain "missing: /$path"
done
odd=$(dpkg-deb -c "$deb" | awk '$2 != "root/root" || $6 !~ "^./(etc|usr)?(/|$)" {print $6}')
[ -z "$odd" ] || complain "not root's, or in an odd place: $odd"
loose=$(dpkg-deb -c "$deb" | awk '$1 ~ "^[^l].......w" {print $6}')
[ -z "$loose" ] || complain "anybody may write to: $loose"
"$work/root/usr/bin/sipkeep" --version >/dev/null || complain "the packed program does not run"

# An upgrade asks before it overwrites what an operator edits: all of /etc.
(cd "$work/root" && find etc -type f -printf '/%p\n' | sort) | diff - "$work/control/conffiles" >&2 ||
  complain "conffiles is not what is in /etc"

# Nothing runs before somebody says so.
! grep -v '^#' "$work/root/etc/cron.d/sipkeep" | grep -q sipkeep || complain "cron would start an unconfigured sipkeep"
! grep -rqE 'systemctl.*(enable|start)' "$work/control/postinst" || complain "postinst enables or starts something"
for script in postinst prerm postrm; do
  sh -n "$work/control/$script" || complain "$script is no shell script"
  grep -qx 'set -e' "$work/control/$script" || complain "$script goes on after an error"
done
depends=$(dpkg-deb -f "$deb" Depends)
for needed in adduser tzdata libcurl libmysqlcppconn libyaml-cpp; do
  case $depends in *$needed*) ;; *) complain "does not depend on $needed, but on: $depends" ;; esac
done

for unit in sipkeep-snapshot sipkeep-retain; do
  service=$work/root/usr/lib/systemd/system/$unit.service
  grep -qE "^ExecStart=/usr/bin/sipkeep (snapshot|retain)$" "$service" || complain "$unit does not start /usr/bin/sipkeep"
  # 20 is an exposure of 2.0.
  systemd-analyze security --offline=true --no-pager --threshold=20 "$service" >"$work/exposure" ||
    complain "$unit is exposed: $(tail -n 1 "$work/exposure")"
done

# Completion asks the program.
completed() {
  PATH="$work/root/usr/bin:$PATH" bash -c '
    source "$1"
    shift
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _sipkeep
    echo "${COMPREPLY[*]}"' bash "$work/root/usr/share/bash-completion/completions/sipkeep" "$@"
}
expect() { # expect WORDS COMMAND_LINE..
  local got
  got=$(completed "${@:2}")
  [ "$got" = "$1" ] || complain "'${*:2}' completes to '$got', not '$1'"
}
expect "report retain" sipkeep re
expect "--from --format" sipkeep report concurrent-calls --f
expect "csv" sipkeep report concurrent-calls --format c
expect "flapping" sipkeep report flap
expect "verify" sipkeep spool v
expect "acc" sipkeep backfill a
exit $failed
