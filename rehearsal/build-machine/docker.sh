#!/bin/bash
# Docker's client in a rehearsed build. The emulator's registry has no name and no TLS, and an engine takes one on 127.0.0.1 without: so the
# registry is another one in every argument. BuildKit as a container (buildx) would come from a public registry, which is out of reach.
set -euo pipefail
if [ "$1" = buildx ]; then
  echo 'there is no buildx in a rehearsal' >&2
  exit 1
fi
if [ "$1" = build ] && [ -n "${REHEARSAL_FAILS:-}" ]; then
  echo 'the build was asked to fail' >&2
  exit 1
fi
arguments=()
for argument in "$@"; do arguments+=("${argument//"$REHEARSAL_REGISTRY_HOST"/"$REHEARSAL_REGISTRY"}"); done
exec "$REHEARSAL_DOCKER" "${arguments[@]}"
