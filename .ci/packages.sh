# shellcheck shell=bash
# The packages of Debian 12 and Ubuntu 24.04 (and newer) that sipkeep needs, in one place. To be sourced by bash:
#
#   . .ci/packages.sh
#   install_missing build          # build: what CMake asks for; package: also what cpack does; demo: build and a database;
#                                  # test: also what the tests need;
#                                  # fuzz: also clang with libFuzzer
#
# An entry is PACKAGE, or PACKAGE:COMMAND where having COMMAND from elsewhere will do, too.
# The database comes as mariadb-server-core: the programs without a service, so nothing starts on its own.

packages_build=(
  g++:c++ cmake:cmake ninja-build:ninja
  libboost-dev                  # libmysqlcppconn-dev's headers include it, its package does not ask for it
  libcurl4-openssl-dev libcxxopts-dev libhowardhinnant-date-dev libjs-chart.js libmysqlcppconn-dev libssl-dev
  libyaml-cpp-dev libzstd-dev nlohmann-json3-dev tzdata zlib1g-dev
)
# shellcheck disable=SC2034
packages_package=("${packages_build[@]}" dpkg-dev:dpkg-shlibdeps file:file)
packages_demo=("${packages_build[@]}" mariadb-server-core:mariadbd mariadb-client-core:mariadb)
# shellcheck disable=SC2034 # install_missing names it by its argument
packages_test=("${packages_demo[@]}" mariadb-client:mariadb-dump catch2 python3:python3
  openssl:openssl dpkg-dev:dpkg-shlibdeps file:file systemd:systemd-analyze)
# A browser looks at the report page; Ubuntu's package of that name is a snap, which can't read the tests' files.
grep -qs "^ID=ubuntu" /etc/os-release || packages_test+=(chromium:chromium)
# shellcheck disable=SC2034
packages_fuzz=("${packages_test[@]}" clang:clang++ libclang-rt-dev)

# install_missing build|package|demo|test|fuzz: installs what is missing and says what; silent when nothing is.
# Returns 1, with the packages' names, where it can't: neither root nor sudo.
install_missing() {
  local -n entries="packages_$1"
  local entry missing=() apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "No apt-get here, so see to it yourself that these (Debian's names) are there: ${entries[*]%%:*}" >&2
    return 0 # CMake tells which is not
  fi
  for entry in "${entries[@]}"; do
    case $entry in *:*) PATH="$PATH:/usr/sbin:/sbin" command -v "${entry#*:}" >/dev/null && continue ;; esac
    [ "$(dpkg-query -W -f='${db:Status-Status}' "${entry%%:*}" 2>/dev/null)" = installed ] || missing+=("${entry%%:*}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  echo "Installing with apt-get: ${missing[*]}" >&2
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "This needs root, and there is no sudo. As root: apt-get install ${missing[*]}" >&2
      return 1
    fi
    apt=(sudo "${apt[@]}")
  fi
  # --no-remove: should one of them conflict with what is here (MySQL's own server, say), stop instead of removing it.
  "${apt[@]}" update >&2 && "${apt[@]}" install -y --no-install-recommends --no-remove "${missing[@]}" >&2
}
