/** Measures `backtest` over 150 pushes as a whole process. Run by `npm run bench:backtest`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureGit, median, runPipeline } from './support/measure';
import { makeMonorepo } from './support/synthetic-monorepo';

const PUSHES = 150;
const ROUNDS = 3;
const TARGET_MS = 15_000;

const repository = makeMonorepo({ services: 63, files: 6000, modules: 12, pushes: PUSHES });
try {
  const catalog = join(repository.path, '..', 'catalog.yaml');
  writeFileSync(catalog, runPipeline(['catalog', 'init', '--repo', repository.path]).stdout);
  const args = ['backtest', '--repo', repository.path, '--since', `main~${PUSHES}`, '--catalog', catalog, '--json'];
  const runs = Array.from({ length: ROUNDS }, () => runPipeline(args));
  const ms = median(runs.map(({ milliseconds }) => milliseconds));
  const diffs = Array.from({ length: PUSHES }, (_, at) =>
    measureGit(repository.path, ['diff', '--name-only', `main~${at + 1}`, `main~${at}`]),
  ).reduce((sum, one) => sum + one, 0);
  const { totals } = JSON.parse(runs[0]?.stdout ?? '{}');
  process.stdout.write(
    [
      `63 services, ${repository.files} files, ${totals.pushes} pushes, ${totals.builds} builds of ${totals.everything}; median of ${ROUNDS}`,
      `backtest, whole process  ${ms.toFixed(0)} ms (target ${TARGET_MS} ms), ${(ms / PUSHES).toFixed(1)} ms a push`,
      `git diff --name-only     ${diffs.toFixed(0)} ms for all pushes`,
      `ratio                    ${(ms / diffs).toFixed(1)}`,
      '',
    ].join('\n'),
  );
  if (ms > TARGET_MS) process.exitCode = 1;
} finally {
  repository.remove();
}
