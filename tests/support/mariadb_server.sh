# shellcheck shell=bash
# A MariaDB server of one's own: run by whoever asks, in a folder of its own, reached by a unix socket and nothing else;
# no system service is touched. To be sourced by bash.
#
#   server_create FOLDER   makes FOLDER/database anew, whatever was there
#   server_start FOLDER    starts it; sets server_socket, server_pid and server_client; the log is FOLDER/database.log
#   server_stop            shuts it down and waits for it; harmless when none runs
#   server_stop_left FOLDER  shuts down one that an earlier, killed run left there
#
# Its root has no password: the folder is closed to others.

PATH="$PATH:/usr/sbin:/sbin" # where mariadbd lies
server_socket=
server_pid=
server_socket_folder=
server_client=()

# Both programs refuse to work as root unless told that this is meant.
server_as_root() { if [ "$(id -u)" = 0 ]; then echo --user=root; fi; }

server_create() {
  local folder=$1
  rm -rf "$folder/database"
  (umask 077; mkdir -p "$folder")
  # shellcheck disable=SC2046 # no option at all when not root
  # --force, or it refuses where the machine's own name can't be looked up, as in many containers.
  mariadb-install-db --no-defaults --force --datadir="$folder/database" --tmpdir="$folder" --auth-root-authentication-method=normal \
    --skip-test-db $(server_as_root) >"$folder/database.log" 2>&1 ||
    { server_tell_log "$folder" "mariadb-install-db failed"; return 1; }
}

server_start() {
  local folder=$1 left
  server_socket="$folder/database.sock"
  if [ "$(printf %s "$server_socket" | wc -c)" -gt 100 ]; then # the kernel takes 107 bytes
    server_socket_folder=$(mktemp -d /tmp/sipkeep.XXXXXX)
    server_socket="$server_socket_folder/database.sock"
  fi
  server_client=(mariadb --no-defaults --socket="$server_socket" --user=root --default-character-set=utf8mb4
    --init-command="SET time_zone='+00:00'")
  # setsid: Ctrl-C is for the caller, who shuts it down in order. pdeathsig: should the caller be killed, it ends, too.
  # shellcheck disable=SC2046
  setpriv --pdeathsig TERM setsid mariadbd --no-defaults --datadir="$folder/database" --tmpdir="$folder" --socket="$server_socket" --skip-networking \
    --pid-file="$folder/database.pid" --skip-log-bin --character-set-server=utf8mb4 \
    --innodb-buffer-pool-size=64M --innodb-log-file-size=32M --innodb-use-native-aio=OFF \
    $(server_as_root) </dev/null >>"$folder/database.log" 2>&1 &
  server_pid=$!
  for ((left = 300; left > 0; left--)); do
    if [ -S "$server_socket" ] && server_sql -e 'DO 0' 2>/dev/null; then return 0; fi
    kill -0 "$server_pid" 2>/dev/null || break
    sleep 0.1
  done
  server_tell_log "$folder" "mariadbd did not start"
  return 1
}

server_stop() {
  if [ -n "$server_pid" ]; then
    kill -TERM "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
    server_pid=
  fi
  if [ -n "$server_socket_folder" ]; then rm -rf "$server_socket_folder"; fi
}

server_stop_left() {
  local pid left
  pid=$(cat "$1/database.pid" 2>/dev/null) || return 0
  if ! tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF -e "--datadir=$1/database"; then return 0; fi
  kill -TERM "$pid"
  for ((left = 300; left > 0; left--)); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  echo "An earlier mariadbd (pid $pid) on $1 does not end; end it, then try again" >&2
  return 1
}

# The client, as root; statements on standard input or with -e.
server_sql() { "${server_client[@]}" "$@"; }

server_tell_log() {
  echo "$2; the end of $1/database.log:" >&2
  tail -n 15 "$1/database.log" >&2 || true
}
