/** A program instead of Docker for jobs whose image a command makes and pushes itself: it only has the plug-in buildx. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Docker's answers. Docker has the image of a job if its command has made the file `loaded` in its home. */
export const DOCKER = `PROGRAMS='${__dirname}'
case "$1 $2" in
  version*) echo 28.2.2 28.2.2 ;;
  "buildx version") exit 0 ;;
  "buildx imagetools") exec node "$PROGRAMS/imagetools.mjs" "$@" ;;
  "image rm") exit 0 ;;
  "image inspect") test -e "$HOME/loaded" ;;
  "push --")
    echo "pushed $3"
    rm "$HOME/loaded"
    IMAGE_LABELS="$LOADED_LABELS" IMAGE_REPOSITORY="\${3%:*}" IMAGE_TAG="\${3##*:}" exec node "$PROGRAMS/make-image.mjs" ;;
  *) echo "docker $*"; exit 1 ;;
esac`;

/** Writes the program `docker` into a folder. */
export function writeDocker(folder: string, script: string): void {
  const file = join(folder, 'docker');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}
