#!/usr/bin/env bash
# unit.sh BINARY SOURCE: systemd itself reads the unit without a complaint, and rates its exposure 2.0 or better.
# Needs no running systemd: `systemd-analyze` reads the file.
set -euo pipefail
binary=$1 source=$2
export SYSTEMD_PAGER= SYSTEMD_LOG_LEVEL=warning LC_ALL=C
command -v systemd-analyze >/dev/null || { echo "systemd-analyze is not installed (scripts/install-packages --test installs it)"; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# `verify` wants ExecStart's program to exist; the one just built stands in for the installed one. Its lines of other units
# of this machine are not about ours.
sed "s#/usr/bin/dunlin#$binary#" "$source/systemd/dunlin.service" > "$work/dunlin.service"
status=0
systemd-analyze verify --man=no --recursive-errors=no "$work/dunlin.service" > "$work/said" 2>&1 || status=$?
if [ "$status" -ne 0 ] || grep -q dunlin "$work/said"; then
  echo "systemd-analyze verify ended with $status:"
  cat "$work/said"
  exit 1
fi
systemd-analyze security --offline=true --no-pager --threshold=20 "$work/dunlin.service" > "$work/rating" || status=$?
tail -n 1 "$work/rating"
exit "$status"
