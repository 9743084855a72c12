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

/** Answers for two secrets of AWS Secrets Manager in their region, of which one has bytes instead of text. */
export const AWS = `case "$1 $2 $4 $6" in
  "secretsmanager get-secret-value eu-central-1 "*:secret:aws-a1b2c3) printf 'of-the-store\\n\\n' ;;
  "secretsmanager get-secret-value eu-central-1 "*:secret:bytes-a1b2c3) echo ;;
  *) echo "An error occurred (ResourceNotFoundException): $*" >&2; exit 254 ;;
esac`;

/** Writes the program `docker` into a folder. */
export function writeDocker(folder: string, script: string): void {
  writeProgram(folder, 'docker', script);
}

/** Writes a program of shell text into a folder. */
export function writeProgram(folder: string, name: string, script: string): void {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}
