/** Real git repositories in temporary folders, created by the installed git. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  // All that `git init --bare --template=` makes, without a process: tests make some thousand repositories.
  for (const name of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags']) {
    mkdirSync(join(path, name), { recursive: true });
  }
  writeFileSync(join(path, 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(path, 'config'), '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n');
  return openTestRepository(path, folder);
}

/** Returns the result of a git command; undefined if it fails. */
export function quietly(run: () => string): string | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

function openTestRepository(path: string, folder: string): TestRepository {
  const git = (...args: string[]) => runIn(path, args).toString('utf8').replace(/\n$/, '');
  return {
    path,
    git,
    commit: (branch, files, message = 'a change') => {
      const ref = `refs/heads/${branch}`;
      const stream = fastImport(ref, hasRef(path, ref), files, message);
      return runIn(path, ['fast-import', '--quiet', '--force'], stream).toString('utf8').trimEnd();
    },
    reset: (branch, commit) => void git('update-ref', `refs/heads/${branch}`, commit),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Returns whether a repository has a ref: a file of its own, or a line in the file of packed ones. */
function hasRef(path: string, ref: string): boolean {
  const packed = join(path, 'packed-refs');
  return existsSync(join(path, ref)) || (existsSync(packed) && readFileSync(packed, 'utf8').includes(` ${ref}\n`));
}

/** Returns an environment that hides the machine's git configuration. */
export function gitEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  return { ...Object.fromEntries(inherited), GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };
}

function runIn(directory: string, args: readonly string[], input?: Buffer): Buffer {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  return execGit(['-C', directory, ...identity, ...args], input);
}

interface SmallProcess {
  runGit(args: readonly string[], options: { readonly env: NodeJS.ProcessEnv; readonly input: Buffer }): Buffer;
}

/** jest's environment has it, because jest would load the file again for each test file. */
declare const requireNatively: undefined | ((path: string) => unknown);

/** Runs git without the machine's configuration, and returns its standard output. Throws as `execFileSync` does. */
export function execGit(args: readonly string[], input: string | Buffer = ''): Buffer {
  const load = typeof requireNatively === 'undefined' ? require : requireNatively;
  const { runGit } = load(join(__dirname, 'small-process.js')) as SmallProcess;
  return runGit(args, { env: gitEnvironment(), input: Buffer.from(input) });
}

/** Commits any paths and modes in one process, without a work tree, and prints the id: https://git-scm.com/docs/git-fast-import */
function fastImport(
  ref: string,
  isKnown: boolean,
  files: Readonly<Record<string, TestEntry>>,
  message: string,
): Buffer {
  const seconds = Math.floor(Date.now() / 1000);
  const parts: (string | Buffer)[] = [
    `commit ${ref}\nmark :1\ncommitter Ada <ada@example.com> ${seconds} +0000\n`,
    data(message),
    ...(isKnown ? [`from ${ref}^0\n`] : []),
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
  return Buffer.concat([...parts, '\nget-mark :1\n'].map((part) => Buffer.from(part)));
}

/** Returns a `data` command of fast-import. */
export function data(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}
