#!/bin/bash
# Docker's client in a rehearsed build. The emulator's registry has no TLS, which Docker accepts on 127.0.0.1 only: so every argument gets that
# address instead of the registry's name. buildx would pull BuildKit from a public registry, which a rehearsal cannot reach.
set -euo pipefail
if [ "$1" = buildx ]; then
  echo 'buildx is not supported in a rehearsal' >&2
  exit 1
fi
if [ "$1" = build ] && [ "${REHEARSAL_FAILS:-}" = "$SERVICE" ]; then
  echo 'the build was asked to fail' >&2
  exit 1
fi
if [ "$1" = build ] && [ "${REHEARSAL_BREAKS:-}" = "$SERVICE" ]; then
  : > "$HOME/broken"
  exec sleep 600
fi
arguments=()
for argument in "$@"; do arguments+=("${argument//"$REHEARSAL_REGISTRY_HOST"/"$REHEARSAL_REGISTRY"}"); done
exec "$REHEARSAL_DOCKER" "${arguments[@]}"
