#!/bin/sh
# Installs the real peers that the tests talk to, where that is possible without asking:
# as root on Debian. Elsewhere the tests that need them are skipped and say so by name. Packages that
# are named as arguments are installed too.
set -e
missing=""
for package in "$@"; do
  [ -e "/usr/share/doc/$package" ] || missing="$missing $package"
done
command -v dovecot >/dev/null 2>&1 || [ -x /usr/sbin/dovecot ] || missing="$missing dovecot-imapd"
command -v chromium-headless-shell >/dev/null 2>&1 || missing="$missing chromium-headless-shell"
[ -x /usr/sbin/smtp-sink ] || missing="$missing postfix"
command -v npm >/dev/null 2>&1 || missing="$missing nodejs npm"
command -v wrk >/dev/null 2>&1 || missing="$missing wrk"
command -v ip >/dev/null 2>&1 || missing="$missing iproute2"
command -v faketime >/dev/null 2>&1 || missing="$missing faketime"
# Compose reads and checks compose.yaml without an engine.
[ -x /usr/bin/docker-compose ] || [ -x /usr/libexec/docker/cli-plugins/docker-compose ] ||
  missing="$missing docker-compose"
if [ -n "$missing" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Not installed here:$missing. The tests that need them are skipped; as root: apt-get install$missing"
  else
    echo "Installing for the tests:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
  fi
fi

cd "$(dirname "$0")/node"
if command -v npm >/dev/null 2>&1 && ! cmp -s package-lock.json node_modules/.installed; then
  echo "Installing for the tests: an OpenID provider and a mail sandbox, from npm"
  npm ci --ignore-scripts --no-audit --no-fund --silent
  cp package-lock.json node_modules/.installed
fi
