#!/bin/sh
# `buzon …` as the service of buzon.service runs it: its user, settings and folders. Without them a
# command would look into a database of its own, in the folder where it is called.
exec systemd-run --quiet --pipe --wait --collect --uid=buzon --property=UMask=0077 \
  --working-directory=/var/lib/buzon --property=EnvironmentFile=-/etc/buzon.env \
  --setenv=BUZON_DATA_DIR=/var/lib/buzon --setenv=BUZON_MODELS_DIR=/var/lib/buzon/models \
  /opt/buzon/.venv/bin/buzon "$@"
