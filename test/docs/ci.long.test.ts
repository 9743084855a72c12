/** Every example of docs/ci.md and the steps of action.yml, run in a shallow clone whose last commit changed one of two services. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

const ROOT = resolve(__dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/ci.md'), 'utf8');

let folder: string;
let clone: string;

jest.setTimeout(240_000);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ci-'));
  clone = join(folder, 'clone');
  const origin = join(folder, 'origin');
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', origin, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { stdio: 'pipe' });
  mkdirSync(origin);
  git('init', '--quiet', '--initial-branch=main');
  write(join(origin, 'pipeline.yaml'), 'platform: v1.0.0\nservices:\n  api:\n  web:\n');
  for (const name of ['api', 'web']) write(join(origin, name, 'Dockerfile'), `FROM scratch\nCOPY ${name}/app /app\n`);
  for (const name of ['api', 'web']) write(join(origin, name, 'app'), name);
  write(join(origin, 'chart/values.yaml'), 'tag: &tag v1.3.0\nweb:\n  image: { tag: v1.2.0 }\n');
  git('add', '.');
  git('commit', '--quiet', '-m', 'first');
  git('checkout', '--quiet', '-b', 'change');
  write(join(origin, 'web/app'), 'changed');
  git('commit', '--quiet', '-am', 'second');
  execFileSync('git', ['clone', '--quiet', '--depth=1', '--branch=change', `file://${origin}`, clone]);
  const command = join(ROOT, 'bin/pipeline.mjs');
  program('npx', `case "$2" in monorepo-image-pipeline*) shift 2; exec node ${command} "$@" ;; *) exit 99 ;; esac`);
  program('docker', `echo "docker $*" >> ${join(folder, 'log')}`);
  program('buildkite-agent', `cp "$3" ${join(folder, 'uploaded.yml')}`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => writeFileSync(join(folder, 'log'), ''));

function write(file: string, text: string): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
}

/** A program that stands in for one of a CI's machine. */
function program(name: string, script: string): void {
  const file = join(folder, 'bin', name);
  write(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

const BRANCH = {
  CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
  CHANGE_TARGET: 'main',
  BUILDKITE_PULL_REQUEST_BASE_BRANCH: 'main',
};

function bash(script: string, env: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync('bash', ['-e', '-c', script], {
    cwd: clone,
    env: { ...process.env, ...BRANCH, ...env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` },
    encoding: 'utf8',
  });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

const log = () => readFileSync(join(folder, 'log'), 'utf8');

/** The fenced example below a heading. */
function example(heading: string, language = '\\w*'): string {
  const section = PAGE.split(/^## /m).find((each) => each.startsWith(heading)) ?? '';
  return new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(section)?.[1] ?? '';
}

/** Runs the action's own step as GitHub does, and returns its outputs. */
function runAction(base: string): Readonly<Record<string, string>> {
  const { runs } = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
  for (const file of Object.values(files)) writeFileSync(file, '');
  bash(runs.steps[0].run, { ...files, BASE: base, CATALOG: '', VERSION: 'latest' });
  expect(readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8')).toContain('to build');
  return Object.fromEntries(
    readFileSync(files.GITHUB_OUTPUT, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s) as [string, string]),
  );
}

test('the action plans a pull request in a shallow clone, and its outputs make a matrix', () => {
  const outputs = runAction('main');

  expect(outputs).toEqual({ matrix: expect.any(String), names: 'web', any: 'true' });
  expect(JSON.parse(outputs.matrix ?? '')).toEqual({
    include: [{ service: 'web', image: 'web', dockerfile: 'web/Dockerfile', context: '.' }],
  });
  expect(runAction('change')).toMatchObject({ names: '', any: 'false', matrix: '{"include":[]}' });
});

test('the example for GitHub Actions builds each job of the matrix', () => {
  const { jobs } = parse(example('GitHub Actions', 'yaml'));
  const { with: inputs } = jobs.plan.steps.find(({ id }: { id?: string }) => id === 'plan');
  const { inputs: known } = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));
  const [job] = JSON.parse(runAction('main').matrix ?? '').include;
  const env = Object.fromEntries(
    Object.entries<string>(jobs.build.env).map(([name, text]) => [name, job[/matrix\.([\w-]+)/.exec(text)?.[1] ?? '']]),
  );

  for (const { run } of jobs.build.steps) if (run !== undefined) bash(run, env);

  expect(Object.keys(inputs).filter((name) => !(name in known))).toEqual([]);
  expect(log()).toBe('docker build --file web/Dockerfile --tag web .\n');
});

test('the action that the example uses is the one of the package, copied by the command above it', () => {
  const { uses } = parse(example('GitHub Actions', 'yaml')).jobs.plan.steps.find(
    ({ id }: { id?: string }) => id === 'plan',
  );
  const { files, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  write(join(clone, 'node_modules/monorepo-image-pipeline/action.yml'), readFileSync(join(ROOT, 'action.yml'), 'utf8'));

  bash(example('GitHub Actions', ''));

  const action = parse(readFileSync(join(clone, uses, 'action.yml'), 'utf8'));
  expect(action.inputs.version.default).toBe(version);
  expect(files).toContain('action.yml');
});

test('the example for GitLab CI builds what changed', () => {
  const { plan, build } = parse(example('GitLab CI'));

  bash(plan.script.join('\n'));
  bash(build.script.join('\n'));

  expect(log()).toBe('docker build --file web/Dockerfile --tag web .\n');
});

test('the example for Jenkins builds what changed', () => {
  for (const [, script = ''] of example('Jenkins').matchAll(/sh '''([\s\S]*?)'''/g)) bash(script);

  expect(log()).toBe('docker build --file web/Dockerfile --tag web .\n');
});

test('the example for Buildkite uploads a step for what changed', () => {
  bash(parse(example('Buildkite')).steps[0].command);

  expect(parse(readFileSync(join(folder, 'uploaded.yml'), 'utf8'))).toEqual({
    steps: [{ label: 'web', command: 'docker build --file web/Dockerfile .' }],
  });
});

test('the commands at the top say why, what, and as a matrix', () => {
  const [why = '', names = '', matrix = ''] = example('').trim().split('\n');
  bash('git fetch --quiet --depth=1 origin +main:refs/remotes/origin/main');

  expect(bash(why)).toContain('web/app: changed, read by COPY web/app (line 2)');
  expect(bash(names)).toBe('web\n');
  expect(JSON.parse(bash(matrix)).include).toHaveLength(1);
});

test('the exit code says whether there is something to build', () => {
  const plan = 'npx --yes monorepo-image-pipeline plan --exit-code --base';

  expect(bash(`${plan} HEAD >/dev/null && echo nothing`)).toBe('nothing\n');
  expect(
    bash(`git fetch --quiet --depth=1 origin main; ${plan} $(git rev-parse FETCH_HEAD) >/dev/null || echo $?`),
  ).toBe('1\n');
  expect(bash(`${plan} v9 2>/dev/null || echo $?`)).toBe('2\n');
});

test('a commit that a shallow clone lacks is named with the command that fetches it, which works', () => {
  const other = join(folder, 'other');
  execFileSync('git', ['clone', '--quiet', '--depth=1', '--branch=change', `file://${join(folder, 'origin')}`, other]);
  const plan = ['plan', '--repo', other, '--format', 'names', '--base'];
  const run = (base: string) =>
    spawnSync('node', [join(ROOT, 'bin/pipeline.mjs'), ...plan, base], { encoding: 'utf8' });
  for (const base of ['origin/main', 'HEAD~1']) {
    const cure = /fetch it with: (.*?), or the whole/.exec(run(base).stderr)?.[1] ?? '';
    expect(cure).toMatch(/^git -C .* fetch --(depth|deepen)=1/);
    execFileSync('bash', ['-c', `${cure} --quiet`], { stdio: 'pipe' });
    expect(run(base).stdout).toBe('web\n');
  }
});

test('the values file is edited as the page says, and only looked at with --dry-run', () => {
  const command =
    example('Tags and values files')
      .trim()
      .split('\n')
      .find((line) => line.includes(' values set ')) ?? '';
  const before = readFileSync(join(clone, 'chart/values.yaml'), 'utf8');

  expect(bash(command)).toContain('-tag: &tag v1.3.0\n+tag: &tag v1.4.0');
  expect(readFileSync(join(clone, 'chart/values.yaml'), 'utf8')).toBe(before);
  bash(command.replace(' --dry-run', ''));
  expect(readFileSync(join(clone, 'chart/values.yaml'), 'utf8')).toBe(
    'tag: &tag v1.4.0\nweb:\n  image: { tag: v1.4.0 }\n',
  );
});
