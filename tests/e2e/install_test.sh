#!/usr/bin/env bash
# install_test.sh CMAKE BUILD_DIR: installs below a prefix that the build has never heard of, and looks at what came.
set -euo pipefail
cmake=$1
build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
complain() { echo "install_test: $*" >&2; failed=1; }

prefix="$work/usr"
"$cmake" --install "$build" --prefix "$prefix" >/dev/null

for path in \
  bin/sipkeep \
  lib/systemd/system/sipkeep-retain.service \
  lib/systemd/system/sipkeep-retain.timer \
  lib/systemd/system/sipkeep-snapshot.service \
  lib/systemd/system/sipkeep-snapshot.timer \
  lib/sysusers.d/sipkeep.conf \
  lib/tmpfiles.d/sipkeep.conf \
  share/doc/sipkeep/LICENSE \
  share/doc/sipkeep/examples/sipkeep.cron \
  share/doc/sipkeep/examples/sipkeep.yaml \
  share/bash-completion/completions/sipkeep \
  share/man/man1/sipkeep.1 \
  share/man/man5/sipkeep.yaml.5 \
  share/sipkeep/grafana/dashboards/overview.json \
  share/sipkeep/grafana/provisioning/dashboards/sipkeep.yaml \
  share/sipkeep/grafana/provisioning/datasources/sipkeep.yaml \
  share/sipkeep/schema/schema.sql; do
  [ -f "$prefix/$path" ] || complain "missing: $path"
done

"$prefix/bin/sipkeep" --version >/dev/null || complain "the installed program does not run"

# The scheduled command is the installed one, not one below the prefix of the configuration.
service="$prefix/lib/systemd/system/sipkeep-snapshot.service"
cron="$prefix/share/doc/sipkeep/examples/sipkeep.cron"
grep -qx "ExecStart=$prefix/bin/sipkeep snapshot" "$service" || complain "the service does not start $prefix/bin/sipkeep"
grep -qx "ExecStart=$prefix/bin/sipkeep retain" "${service/snapshot/retain}" || complain "no service starts $prefix/bin/sipkeep retain"
grep -qxF "#17 3 * * * sipkeep $prefix/bin/sipkeep retain" "$cron" || complain "cron does not start $prefix/bin/sipkeep retain"
grep -qxF "#* * * * * sipkeep $prefix/bin/sipkeep snapshot" "$cron" || complain "cron does not start $prefix/bin/sipkeep"
left=$(grep -rl '@[A-Z_]*@' "$prefix/lib/systemd" "$cron" || true)
[ -z "$left" ] || complain "unfilled: $left"

# What is killed for taking too long must be gone before the next minute.
seconds() { sed -n "s/^$1=\([0-9]*\)s$/\1/p" "$service"; }
[ $(($(seconds TimeoutStartSec) + $(seconds TimeoutStopSec))) -lt 60 ] || complain "the timeouts reach into the next minute"

# Packagers stage by DESTDIR; the files must speak of where they will be, not of the stage.
DESTDIR="$work/stage" "$cmake" --install "$build" --prefix /usr >/dev/null
grep -qx "ExecStart=/usr/bin/sipkeep snapshot" "$work/stage/usr/lib/systemd/system/sipkeep-snapshot.service" ||
  complain "DESTDIR got into the service, or the prefix did not"

said=$(systemd-analyze verify "$service" "$prefix/lib/systemd/system/sipkeep-snapshot.timer" \
  "${service/snapshot/retain}" "$prefix/lib/systemd/system/sipkeep-retain.timer" 2>&1) || complain "verify: $said"
[ -z "$said" ] || complain "verify: $said"
exit $failed
