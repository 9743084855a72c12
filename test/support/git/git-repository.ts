/** Real git repositories in temporary folders, created by the installed git. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file of a commit. A string or bytes give an ordinary file; `mode` overrides that. */
export type TestFile = string | Buffer | { readonly mode: '100755' | '120000'; readonly content: string | Buffer };
/** A change of one path. `submodule` is the commit id of a submodule; null removes the path. */
export type TestEntry = TestFile | { readonly submodule: string } | null;

/** A repository that tests write and read with git. */
export interface TestRepository {
  readonly path: string;
  /** Runs git in the repository and returns its standard output without the last line feed. */
  git(...args: string[]): string;
  /** Commits on top of `branch`, which is created if missing. Returns the commit id. Other files stay unchanged. */
  commit(branch: string, files: Readonly<Record<string, TestEntry>>, message?: string): string;
  /** Sets a branch to any commit, like a forced push. */
  reset(branch: string, commit: string): void;
  remove(): void;
}

/** Creates an empty bare repository (branch `main` unborn) in a new temporary folder. */
export function createRepository(): TestRepository {
  const folder = mkdtempSync(join(tmpdir(), 'git-repository-'));
  const path = join(folder, 'repository.git');
  runGit(folder, ['init', '--quiet', '--bare', '--template=', '--initial-branch=main', path]);
  return openTestRepository(path, folder);
}

function openTestRepository(path: string, folder: string): TestRepository {
  const git = (...args: string[]) => runGit(path, args).toString('utf8').replace(/\n$/, '');
  return {
    path,
    git,
    commit: (branch, files, message = 'a change') => {
      const known = git('for-each-ref', '--format=%(objectname)', `refs/heads/${branch}`);
      const stream = fastImport(branch, known === '' ? undefined : known, files, message);
      runGit(path, ['fast-import', '--quiet', '--force'], stream);
      return git('rev-parse', '--verify', `refs/heads/${branch}`);
    },
    reset: (branch, commit) => void git('update-ref', `refs/heads/${branch}`, commit),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Returns an environment that hides the machine's git configuration. */
export function gitEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  return { ...Object.fromEntries(inherited), GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };
}

function runGit(directory: string, args: readonly string[], input?: Buffer): Buffer {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  return execFileSync('git', ['-C', directory, ...identity, ...args], {
    env: gitEnvironment(),
    input,
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 1 << 30,
  });
}

/** Commits any paths and modes in one process, without a work tree: https://git-scm.com/docs/git-fast-import */
function fastImport(
  branch: string,
  parent: string | undefined,
  files: Readonly<Record<string, TestEntry>>,
  message: string,
): Buffer {
  const seconds = Math.floor(Date.now() / 1000);
  const parts: (string | Buffer)[] = [
    `commit refs/heads/${branch}\ncommitter Ada <ada@example.com> ${seconds} +0000\n`,
    data(message),
    ...(parent === undefined ? [] : [`from ${parent}\n`]),
  ];
  for (const [path, entry] of Object.entries(files)) {
    const quoted = `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
    if (entry === null) parts.push(`D ${quoted}\n`);
    else if (typeof entry === 'object' && 'submodule' in entry) parts.push(`M 160000 ${entry.submodule} ${quoted}\n`);
    else {
      const file = typeof entry === 'string' || Buffer.isBuffer(entry) ? { mode: '100644', content: entry } : entry;
      parts.push(`M ${file.mode} inline ${quoted}\n`, data(file.content));
    }
  }
  return Buffer.concat([...parts, '\n'].map((part) => Buffer.from(part)));
}

/** Returns a `data` command of fast-import. */
export function data(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}
