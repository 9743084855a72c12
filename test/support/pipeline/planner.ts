/** A repository of three services, and the planner's commands on it, for tests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRepository, type TestEntry, type TestRepository } from '../git/git-repository';
import { type CommandResult, runCommand } from './small-pipeline';

export const FILES: Readonly<Record<string, TestEntry>> = {
  'api/Dockerfile': 'FROM python:3.12\nCOPY api/main.py /\nCOPY tools /tools\n',
  'api/Dockerfile_tests': 'FROM scratch\n',
  'api/main.py': '1',
  'deep/down/web/Dockerfile': 'FROM scratch\nCOPY index.html /\n',
  'deep/down/web/index.html': '1',
  'worker/Dockerfile': 'FROM scratch\nCOPY worker /w\nCOPY tools /tools\n',
  'tools/t.py': '1',
};

export interface Planner {
  readonly folder: string;
  readonly repository: TestRepository;
  /** The commit of `FILES`. */
  readonly first: string;
  /** The file that `init` writes. */
  readonly catalogFile: string;
  /** Runs the command line in this process; `--repo` is given. */
  run(...args: string[]): Promise<CommandResult>;
  /** Returns the JSON that a command prints. The command must exit with 0 and print nothing on stderr. */
  json(...args: string[]): ReturnType<typeof JSON.parse>;
  init(): Promise<CommandResult>;
  writeCatalog(text: string): void;
  /** The services that `plan` builds between two commits, by the catalog in `catalogFile`. */
  built(base: string, ref?: string): Promise<readonly string[]>;
  remove(): void;
}

/** Makes the repository. */
export function makePlanner(): Planner {
  const folder = mkdtempSync(join(tmpdir(), 'planner-'));
  const repository = createRepository();
  const first = repository.commit('main', FILES, 'first');
  const catalogFile = join(folder, 'catalog.yaml');
  const run = (...args: string[]) => runCommand(...args, '--repo', repository.path);
  const json = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await run(...args, '--json');
    if (exitCode !== 0 || stderr !== '') throw new Error(`exit code ${exitCode}: ${stderr}`);
    return JSON.parse(stdout);
  };
  return {
    folder,
    repository,
    first,
    catalogFile,
    run,
    json,
    init: () => run('catalog', 'init', '--ref', 'main', '--out', catalogFile),
    writeCatalog: (text) => writeFileSync(catalogFile, text),
    built: async (base, ref = 'main') => {
      const { services } = await json('plan', '--base', base, '--ref', ref, '--catalog', catalogFile);
      return services.flatMap(({ name, action }: PlannedName) => (action === 'build' ? [name] : []));
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
      repository.remove();
    },
  };
}

interface PlannedName {
  readonly name: string;
  readonly action: string;
}
