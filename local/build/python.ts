/** Finds a Python on this machine that can build modules. */
import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** A Python that can build: its absolute path, and the variables by which pip finds its index. */
export interface Python {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What a build needs and cannot bring: environments, what installs packages, the builder, and what runs tests. */
const NEEDED = 'import ensurepip, venv, pip, build, pytest';
const ANSWER_WITHIN_MS = 5_000;
/** Variables of pip and of the way to its index; nothing else of this process reaches a build. */
const KEPT_VARIABLES = /^(HOME|LANG|PIP_\w+|\w*_proxy|SSL_CERT_FILE|REQUESTS_CA_BUNDLE)$/i;

type Environment = Readonly<Record<string, string | undefined>>;

/** The first Python on the PATH that has all that a build needs, then Debian's own; undefined if none has. */
export async function findPython(env: Environment = process.env): Promise<Python | undefined> {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  for (const path of new Set([...folders.map((folder) => join(folder, 'python3')), '/usr/bin/python3'])) {
    if (await canBuild(path)) return { path, env: keptVariables(env) };
  }
  return undefined;
}

function canBuild(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(path, ['-c', NEEDED], { timeout: ANSWER_WITHIN_MS }, (error) => resolve(error === null));
  });
}

function keptVariables(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => KEPT_VARIABLES.test(entry[0]) && entry[1] !== undefined,
    ),
  );
}
