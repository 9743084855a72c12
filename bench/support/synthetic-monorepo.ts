/** Makes repositories of any size by `git fast-import`: services that copy their own folder and some shared modules. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface MonorepoSize {
  readonly services: number;
  /** Files in all, Dockerfiles included. */
  readonly files: number;
  readonly modules: number;
  /** Commits after the first; each changes one to four files, some of them shared. */
  readonly pushes: number;
}

export interface SyntheticMonorepo {
  /** A bare repository with branch `main`. */
  readonly path: string;
  readonly files: number;
  remove(): void;
}

/** Different contents; files share them, so that a million files are made in seconds. */
const CONTENTS = 2000;
const MODULES_PER_SERVICE = 4;
const FILES_PER_FOLDER = 20;

/** Makes the repository in a new temporary folder. Equal sizes give equal commits. */
export function makeMonorepo(size: MonorepoSize): SyntheticMonorepo {
  const folder = mkdtempSync(join(tmpdir(), 'synthetic-monorepo-'));
  const path = join(folder, 'repository.git');
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', path]);
  const paths = filePaths(size);
  const stream = [...contents(), ...firstCommit(size, paths), ...pushes(size, paths)].join('');
  const { status, stderr } = spawnSync('git', ['-C', path, 'fast-import', '--quiet'], { input: stream });
  if (status !== 0) throw new Error(`git fast-import failed: ${String(stderr)}`);
  return {
    path,
    files: paths.length + 2 * size.services + 1,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Two thirds of the files belong to services, one to modules, the rest to neither. */
function filePaths({ services, files, modules }: MonorepoSize): readonly string[] {
  const each = Math.max(1, Math.floor((files - 2 * services - 1) / (1.5 * services)));
  const shared = Math.max(1, Math.floor((files - services * (each + 2)) / (1.5 * modules)));
  const own = fill(services, each, (service) => serviceFolder(service));
  const inModules = fill(modules, shared, (module) => moduleFolder(module));
  const rest = Math.max(0, files - 1 - 2 * services - own.length - inModules.length);
  return [...own, ...inModules, ...fill(1, rest, () => 'docs')];
}

function fill(folders: number, count: number, folderOf: (at: number) => string): readonly string[] {
  return Array.from({ length: folders * count }, (_, at) => {
    const file = at % count;
    return `${folderOf(Math.floor(at / count))}/part${Math.floor(file / FILES_PER_FOLDER)}/file${file}.py`;
  });
}

function serviceFolder(service: number): string {
  return `group${service % 50}/service${service}`;
}

function moduleFolder(module: number): string {
  return `libraries/module${module}`;
}

function* contents(): Generator<string> {
  for (let at = 0; at < CONTENTS; at++) yield blob(at + 1, `value = ${at}\n`);
}

function* firstCommit(size: MonorepoSize, paths: readonly string[]): Generator<string> {
  yield commitHeader(0);
  for (const [at, path] of paths.entries()) yield `M 100644 :${(at % CONTENTS) + 1} ${path}\n`;
  yield inline('.dockerignore', '**/*.md\n**/__pycache__\n!docs/keep.md\n');
  for (let service = 0; service < size.services; service++) {
    yield inline(`${serviceFolder(service)}/requirements.txt`, `library==${service}\n`);
    yield inline(`${serviceFolder(service)}/Dockerfile`, dockerfile(service, size));
  }
  yield '\n';
}

function* pushes({ pushes: count }: MonorepoSize, paths: readonly string[]): Generator<string> {
  for (let push = 1; push <= count; push++) {
    yield commitHeader(push);
    for (let change = 0; change <= push % 4; change++) {
      // Prime steps, so that the changes spread over services, modules and documents.
      const path = paths[(push * 7919 + change * 104729) % paths.length];
      yield inline(path ?? 'docs/push.md', `push ${push}, change ${change}\n`);
    }
    yield '\n';
  }
}

function dockerfile(service: number, { modules }: MonorepoSize): string {
  const used = Array.from({ length: MODULES_PER_SERVICE }, (_, at) => moduleFolder((service * 3 + at * at) % modules));
  const folder = serviceFolder(service);
  return [
    'FROM python:3.12.3-slim AS build',
    'WORKDIR /src',
    ...[...new Set(used)].map((module) => `COPY ${module} ${module}`),
    `COPY ${folder}/requirements.txt requirements.txt`,
    'RUN pip install -r requirements.txt',
    'FROM python:3.12.3-slim',
    'COPY --from=build /src /src',
    `COPY ${folder} /src/service`,
    'CMD ["python", "/src/service/part0/file0.py"]',
    '',
  ].join('\n');
}

function blob(mark: number, text: string): string {
  return `blob\nmark :${mark}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
}

function inline(path: string, text: string): string {
  return `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
}

function commitHeader(push: number): string {
  const message = `push ${push}`;
  return `commit refs/heads/main\ncommitter Ada <ada@example.com> ${1_700_000_000 + push * 3600} +0000\ndata ${message.length}\n${message}\n`;
}
