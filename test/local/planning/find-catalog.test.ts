/** A committed symlink leads no command out of the commit, and no file that is no catalog is quoted. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkCatalog } from '../../../local/planning/check';
import { compareCommits } from '../../../local/planning/compare-commits';
import { replayHistory } from '../../../local/planning/replay';
import { gitEnvironment } from '../../support/git/git-repository';

const SECRET = 'services: s3cret-of-this-machine';
let folder: string;
let repo: string;

function git(...args: string[]): void {
  execFileSync('git', ['-C', repo, '-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], {
    env: gitEnvironment(),
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'symlink-'));
  repo = join(folder, 'repo');
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', repo], { env: gitEnvironment() });
  writeFileSync(join(folder, 'secret'), SECRET);
  writeFileSync(join(repo, 'Dockerfile'), 'FROM scratch\n');
  git('add', '.');
  git('commit', '--quiet', '--message=start');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const COMMANDS: Readonly<Record<string, () => Promise<unknown>>> = {
  plan: () => compareCommits({ repo, ref: 'HEAD', base: 'HEAD', keepGoing: true }),
  'catalog check': () => checkCatalog({ repo, ref: 'HEAD' }),
  backtest: () => replayHistory({ repo, since: 'HEAD~1', ref: 'HEAD' }),
};

describe.each(Object.entries(COMMANDS))('%s', (_, run) => {
  test('refuses a pipeline.yaml that is committed as a symlink to a file outside', async () => {
    symlinkSync(join(folder, 'secret'), join(repo, 'pipeline.yaml'));
    git('add', '.');
    git('commit', '--quiet', '--message=link');

    const error = await run().catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ name: 'InvalidInput' });
    expect(String(error)).toContain('pipeline.yaml');
    expect(String(error)).toContain('symlink');
    expect(String(error)).not.toContain('s3cret');
  });
});

test('a pipeline.yaml of the work tree that is a symlink is refused, too', async () => {
  symlinkSync(join(folder, 'secret'), join(repo, 'pipeline.yaml'));

  await expect(checkCatalog({ repo, ref: 'HEAD' })).rejects.toThrow('symlink');
});
