/** Measures an edit of a values file (5,000 lines, 100 services, all edited) and a commit. Run by `npm run bench:values`. */
import { parseAllDocuments } from 'yaml';
import { writeVersions } from '../core/values/release-edits';
import { measureCommits } from './commit';
import { type Measured, medians, type Round } from './support/side-by-side';
import { makeChart } from './support/values-chart';

/** Most milliseconds for one edit, and for one commit to a git server on this machine. */
const TARGETS = { edit: 100, commit: 300 } as const;
const ROUNDS = 60;
const COMMITS = 40;
const SERVICES = 100;
const LINES = 50;

const text = makeChart(SERVICES, LINES);
const services = Array.from({ length: SERVICES }, (_, index) => ({
  name: `service${index}`,
  version: index % 2 === 0 ? 'v1.4.0' : 'v1.4.0-dev-2',
  values: [`service${index}.image.tag`],
  followsPlatform: index % 2 === 0,
}));

async function main(): Promise<void> {
  const first = measure(edit);
  const edited = medians(Array.from({ length: ROUNDS }, measureEdit));
  const committed = medians(await measureCommits(COMMITS));
  const lines = text.split('\n').length - 1;
  process.stdout.write(
    [
      `medians; an edit is of ${lines} lines and ${SERVICES} services, and reads the text before and after`,
      row('edit', edited, TARGETS.edit, `${ROUNDS} rounds; to parse the text once`),
      row('commit', committed, TARGETS.commit, `${COMMITS} rounds; a bare git push`),
      `first edit ${first.toFixed(0)} ms, in a cold process`,
      '',
    ].join('\n'),
  );
  if (edited.work > TARGETS.edit || committed.work > TARGETS.commit) process.exitCode = 1;
}

function row(name: string, { work, floor, ratio }: Measured, target: number, what: string): string {
  const took = `${name.padEnd(6)} ${work.toFixed(1).padStart(6)} ms (target ${target} ms)`;
  return `${took}, ${ratio.toFixed(2)} times its floor of ${floor.toFixed(1)} ms (${what})`;
}

function measureEdit(): Round {
  return { work: measure(edit), floor: measure(() => parseAllDocuments(text, { merge: true })) };
}

function edit(): void {
  const { changes } = writeVersions(text, 'values.yaml', { platformVersion: 'v1.4.0', services });
  if (changes.length !== SERVICES + 1) throw new Error(`${changes.length} changes instead of ${SERVICES + 1}`);
}

function measure(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
