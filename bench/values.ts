/**
 * Measures an edit of a values file (5,000 lines, 100 services, all edited), and the whole commit step over git's own protocol to a server on
 * this machine. Run by `npm run bench:values`.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { openValues } from '../core/values/edit-values';
import { writeVersions } from '../core/values/release-edits';
import { gitEnvironment } from '../test/support/git/git-repository';
import { GITLAB_TOKEN } from '../test/support/git-hosts/fake-gitlab';
import { makeRaceWorld, pushOf, type RaceWorld } from '../test/support/races/race-world';
import { type MeasuredRounds, medians, type Round } from './support/measure';

const PROJECT = 'cloud-tuner/platform/optscale.git';

/** Each round pushes one service, and beside it lets git push one commit to another branch of the same server. */
async function measureCommits(rounds: number): Promise<readonly Round[]> {
  const world = await makeRaceWorld('git http-backend');
  const pusher = makePusher(world);
  try {
    const times: Round[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const source = await world.commitForeign('change auth', async () => ({ 'auth/main.py': `${round}` }));
      const record = pushOf(`run-${round}`, source, `v1.1.0-dev-${round + 1}`, ['auth']);
      const start = performance.now();
      const { result, error } = await world.play(record);
      const work = performance.now() - start;
      if (typeof result?.commit !== 'string') throw new Error(`round ${round} made no commit: ${error?.message}`);
      times.push({ work, floor: await pusher.push() });
    }
    return times;
  } finally {
    pusher.remove();
    await world.stop();
  }
}

/** Returns a clone that git pushes from. Measures only the push itself, in ms. */
function makePusher({ url, repository }: RaceWorld) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-push-'));
  const options = { env: { ...gitEnvironment(), HOME: folder } };
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...identity, ...args], options);
  execFileSync('git', ['clone', '--quiet', repository.path, folder], options);
  const login = `http.extraHeader=Authorization: Basic ${Buffer.from(`oauth2:${GITLAB_TOKEN}`).toString('base64')}`;
  const push = ['-C', folder, '-c', login, 'push', '--quiet', `${url}/${PROJECT}`, 'HEAD:refs/heads/bare'];
  return {
    push: async () => {
      git('commit', '--quiet', '--allow-empty', '-m', 'one more');
      const start = performance.now();
      // The server runs in this process, so the push must not block it.
      await promisify(execFile)('git', push, options);
      return performance.now() - start;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Returns a values file like the real one: one anchor, and for each service a block of `lines` lines with an alias of it. */
function makeChart(services: number, lines: number): string {
  const blocks = Array.from({ length: services }, (_, index) =>
    [
      `service${index}:`,
      '  image:',
      `    repository: registry.example/namespace/service${index} # built by the pipeline`,
      '    tag: *tag',
      '    pullPolicy: IfNotPresent',
      ...Array.from({ length: lines - 5 }, (__, line) => `  setting${line}: "value ${line}"`),
    ].join('\n'),
  );
  return `# Values of the chart\ntag: &tag v1.3.0\n${blocks.join('\n')}\n`;
}

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

function row(name: string, { work, floor, ratio }: MeasuredRounds, target: number, what: string): string {
  const took = `${name.padEnd(6)} ${work.toFixed(1).padStart(6)} ms (target ${target} ms)`;
  return `${took}, ${ratio.toFixed(2)} times its floor of ${floor.toFixed(1)} ms (${what})`;
}

function measureEdit(): Round {
  return { work: measure(edit), floor: measure(() => parseAllDocuments(text, { merge: true })) };
}

function edit(): void {
  const { changes } = writeVersions(openValues(text, 'values.yaml'), { platformVersion: 'v1.4.0', services });
  if (changes.length !== SERVICES + 1) throw new Error(`${changes.length} changes instead of ${SERVICES + 1}`);
}

function measure(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

void main();
