/**
 * Measures `plan` between two commits as a whole process. Run by `npm run bench:plan`; with `-- --huge` also on 10,000
 * services and 1,000,000 files.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureEmptyProgram, measureGit, median, medianOf, memoryOf, runPipeline } from './support/measure';
import { packagedCommand } from './support/packaged';
import { type MonorepoSize, makeMonorepo } from './support/synthetic-monorepo';

interface Case extends MonorepoSize {
  readonly rounds: number;
  readonly targetMs: number;
  readonly targetMebibytes: number;
}

const USUAL: Case = {
  services: 63,
  files: 6000,
  modules: 12,
  pushes: 5,
  rounds: 9,
  targetMs: 200,
  targetMebibytes: 90,
};
const HUGE: Case = {
  services: 10_000,
  files: 1_000_000,
  modules: 500,
  pushes: 5,
  rounds: 3,
  targetMs: 4000,
  targetMebibytes: 500,
};

const START_TARGET_MS = 80;
const command = packagedCommand();

for (const each of process.argv.includes('--huge') ? [USUAL, HUGE] : [USUAL]) measure(each);

function measure(size: Case): void {
  const repository = makeMonorepo(size);
  try {
    const catalog = join(repository.path, '..', 'catalog.yaml');
    writeFileSync(catalog, runPipeline(['catalog', 'init', '--repo', repository.path], command).stdout);
    const commits = ['--base', 'main~1', '--ref', 'main'];
    const args = ['plan', '--repo', repository.path, ...commits, '--catalog', catalog, '--json'];
    const runs = Array.from({ length: size.rounds }, () => runPipeline(args, command));
    const git = (...gitArgs: string[]) => medianOf(size.rounds, () => measureGit(repository.path, gitArgs));
    const diff = git('diff', '--name-only', 'main~1', 'main');
    const list = git('ls-tree', '-r', 'main');
    const bare = medianOf(15, () => runPipeline(['--version'], command).milliseconds);
    const empty = medianOf(15, measureEmptyProgram);
    const ms = median(runs.map(({ milliseconds }) => milliseconds));
    const mebibytes = memoryOf(args, command);
    const { totals } = JSON.parse(runs[0]?.stdout ?? '{}');
    process.stdout.write(
      [
        `${size.services} services, ${repository.files} files, ${totals.build} to build; median of ${size.rounds}`,
        `plan, whole process      ${ms.toFixed(0)} ms (target ${size.targetMs} ms), ${mebibytes.toFixed(0)} MiB (target ${size.targetMebibytes} MiB)`,
        `  of which start         ${bare.toFixed(0)} ms (target ${START_TARGET_MS} ms; an empty program ${empty.toFixed(0)} ms)`,
        `git ls-tree -r           ${list.toFixed(1)} ms`,
        `git diff --name-only     ${diff.toFixed(1)} ms`,
        `ratio to git diff        ${(ms / diff).toFixed(0)}, without the start ${((ms - bare) / diff).toFixed(0)}`,
        '',
        '',
      ].join('\n'),
    );
    if (ms > size.targetMs || mebibytes > size.targetMebibytes || bare > START_TARGET_MS) process.exitCode = 1;
  } finally {
    repository.remove();
  }
}
