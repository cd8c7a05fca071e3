#!/bin/sh
# Imports credentials and workflows into n8n and publishes them, before n8n starts. Running it again
# is harmless: what is there already is written anew under the same ids. README.md says what the
# environment must hold.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

[ -n "${N8N_ENCRYPTION_KEY:-}" ] || {
  echo "N8N_ENCRYPTION_KEY is not set. It locks n8n's credentials; make one with: openssl rand -hex 32" >&2
  exit 1
}
node "$here/render.mjs" "$made"

# n8n says what went wrong, but ends with 0 all the same: what it lists in the end is what counts.
n8n import:credentials --input="$made/credentials.json"
n8n import:workflow --separate --input="$made/workflows"
ids="buzonIntake00001 buzonRetrain0001 buzonDigest00001"
for id in $ids; do
  n8n publish:workflow --id="$id"
done
published=$(n8n list:workflow --active=true --onlyId)
for id in $ids; do
  case $published in
    *"$id"*) ;;
    *) echo "The workflow $id is not published; what n8n said above tells why." >&2; exit 1 ;;
  esac
done
echo "Imported and published. Start n8n now, or restart it."
