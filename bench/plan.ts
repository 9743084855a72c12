/**
 * Measures `plan` between two commits as a whole process. Run by `npm run bench:plan`; with `-- --huge` also on 10,000
 * services and 1,000,000 files.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureGit, median, runPipeline } from './support/measure';
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
  targetMs: 1000,
  targetMebibytes: 1536,
};
const HUGE: Case = {
  services: 10_000,
  files: 1_000_000,
  modules: 500,
  pushes: 5,
  rounds: 1,
  targetMs: 20_000,
  targetMebibytes: 1536,
};

for (const each of process.argv.includes('--huge') ? [USUAL, HUGE] : [USUAL]) measure(each);

function measure(size: Case): void {
  const repository = makeMonorepo(size);
  try {
    const catalog = join(repository.path, '..', 'catalog.yaml');
    writeFileSync(catalog, runPipeline(['catalog', 'init', '--repo', repository.path]).stdout);
    const args = [
      'plan',
      '--repo',
      repository.path,
      '--base',
      'main~1',
      '--ref',
      'main',
      '--catalog',
      catalog,
      '--json',
    ];
    const runs = Array.from({ length: size.rounds }, () => runPipeline(args));
    const diff = median(
      Array.from({ length: size.rounds }, () => measureGit(repository.path, ['diff', '--name-only', 'main~1', 'main'])),
    );
    const list = median(
      Array.from({ length: size.rounds }, () => measureGit(repository.path, ['ls-tree', '-r', 'main'])),
    );
    const bare = median(Array.from({ length: size.rounds }, () => runPipeline(['--help']).milliseconds));
    const ms = median(runs.map(({ milliseconds }) => milliseconds));
    const mebibytes = Math.max(...runs.map((run) => run.mebibytes));
    const { totals } = JSON.parse(runs[0]?.stdout ?? '{}');
    process.stdout.write(
      [
        `${size.services} services, ${repository.files} files, ${totals.build} to build; median of ${size.rounds}`,
        `plan, whole process      ${ms.toFixed(0)} ms (target ${size.targetMs} ms), ${mebibytes.toFixed(0)} MiB (target ${size.targetMebibytes} MiB)`,
        `  of which start         ${bare.toFixed(0)} ms (pipeline --help)`,
        `git ls-tree -r           ${list.toFixed(1)} ms`,
        `git diff --name-only     ${diff.toFixed(1)} ms`,
        `ratio to git diff        ${(ms / diff).toFixed(0)}, without the start ${((ms - bare) / diff).toFixed(0)}`,
        '',
        '',
      ].join('\n'),
    );
    if (ms > size.targetMs || mebibytes > size.targetMebibytes) process.exitCode = 1;
  } finally {
    repository.remove();
  }
}
