/** The CDK app as `cdk synth` runs it: a process of its own, with everything bundled. */
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findPlaintextSecrets } from '../../core/settings/plaintext-secret';
import { LAMBDA_ENV } from '../../lambdas/shared/environment';
import { readDeployment } from '../../lib/deployment-files';
import { quickApp, SETTINGS } from './synthesized';

const ROOT = resolve(__dirname, '../..');
const { context: CONTEXT } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));

/** What the functions find in their environment. */
const ENVIRONMENT = {
  ...Object.fromEntries(Object.values(LAMBDA_ENV).map((name) => [name, 'x'])),
  [LAMBDA_ENV.settings]: JSON.stringify({ ...SETTINGS, releases: { host: 'r.example', namespace: 'shop' } }),
  [LAMBDA_ENV.stages]: '[]',
  [LAMBDA_ENV.publishing]: '[]',
  [LAMBDA_ENV.packageIndex]: '{"domain":"shop","repository":"modules","kinds":["python","npm"]}',
  AWS_REGION: 'eu-central-1',
};

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipeline-app-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function synth(context: Readonly<Record<string, unknown>>, outdir: string) {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bin/app.ts'], {
    cwd: ROOT,
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify({ ...CONTEXT, ...context }) },
    encoding: 'utf8',
  });
  return { status, stderr };
}

/** Settings in a file, as a person would write them. */
function settingsFile(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

jest.setTimeout(120_000); // CloudFormation validation alone takes seconds, and more beside other tests.

describe('the app', () => {
  test('synthesizes from the files in cdk.json a template that passes CloudFormation validation', () => {
    const outdir = join(folder, 'cdk.out');

    const { status, stderr } = synth({}, outdir);

    expect({ status, stderr: stderr.replace(/^Bundling asset .*\n/gm, '') }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')).pluginReports).toEqual([]);
    const { Resources } = JSON.parse(
      readFileSync(join(outdir, 'ImagePipeline-cloud-tuner--cloud-tuner.template.json'), 'utf8'),
    );
    const types = Object.values(Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
    const functions = types.filter((type) => type === 'AWS::Lambda::Function');
    expect(types.filter((type) => type === 'AWS::ECR::Repository')).toHaveLength(1);
    expect(functions.length).toBeGreaterThan(8);
    expect(bundles(outdir).map(({ file, bytes }) => ({ file, small: bytes < 1_100_000 }))).toEqual([
      ...functions.map(() => ({ file: 'handler.js', small: true })),
      { file: 'job-tool.cjs', small: true },
    ]);
    const handlers = bundles(outdir).filter(({ file }) => file === 'handler.js');
    expect(handlersIn(handlers.map(({ path }) => path))).toEqual(functions.map(() => 'function'));
    const documents = readdirSync(outdir).filter((name) => name.endsWith('.json'));
    expect(documents).toContain('ImagePipeline-cloud-tuner--cloud-tuner.template.json');
    for (const name of documents) {
      expect({ name, secrets: findPlaintextSecrets(JSON.parse(readFileSync(join(outdir, name), 'utf8'))) }).toEqual({
        name,
        secrets: [],
      });
    }
  });

  test('fails with the problems of the settings, without a stack trace', () => {
    const file = settingsFile('wrong.json', JSON.stringify({ git: { host: 'github', repository: 'x' } }));

    const { status, stderr } = synth({ settings: file }, join(folder, 'wrong'));

    expect(status).toBe(1);
    expect(stderr).toContain(`settings ${file}: the settings cannot be used:`);
    expect(stderr).toContain("git.repository (Secrets/Git): must be owner/name, not the text 'x'");
    expect(stderr).toContain('releases (Images):');
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe('the files of a deployment', () => {
  const read = (context: Readonly<Record<string, unknown>>) =>
    readDeployment(quickApp({ ...CONTEXT, ...context }).node);

  test('give the stack the name of the context, and an invalid one is refused', () => {
    expect(read({ stack: 'shop' }).name).toBe('shop');
    expect(() => read({ stack: 'my shop' })).toThrow('--context stack=my shop: must be letters, digits and -');
  });

  test.each([
    [
      'settings that are not there',
      () => ({ settings: 'no-such.json' }),
      /no-such\.json: there is no such file; write it, or name another one with --context settings=FILE\n.*"candidates"/,
    ],
    [
      'settings that are no JSON',
      () => ({ settings: settingsFile('no-json.json', '{\n  "git": 1\n  "releases": 2\n}') }),
      /no-json\.json \(line 3\): column 3: expected a comma or }, found a text; put a comma before it\n/,
    ],
    [
      'a catalog that is not there',
      () => ({ catalog: 'no-such.yaml' }),
      /catalog no-such\.yaml: there is no such file; write it with npx pipeline catalog init .*--context catalog=FILE/,
    ],
  ])('report %s with the fix', (_, context, message) => {
    const reported = expect.stringMatching(message);
    expect(() => read(context())).toThrow(expect.objectContaining({ message: reported }));
    expect(() => read(context())).not.toThrow(/ENOENT|position \d+/);
  });
});

/** The types of what bundles export as `handler`, loaded by Node as Lambda loads them: with the SDK's clients beside them and no other package. */
function handlersIn(paths: readonly string[]): readonly string[] {
  const clients = join(folder, 'runtime/node_modules/@aws-sdk');
  mkdirSync(clients, { recursive: true });
  const installed = join(ROOT, 'node_modules/@aws-sdk');
  for (const name of readdirSync(installed).filter((each) => each.startsWith('client-'))) {
    symlinkSync(join(installed, name), join(clients, name));
  }
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['-p', 'process.argv.slice(1).map((path) => typeof require(path).handler).join()', ...paths],
    { env: { ...ENVIRONMENT, NODE_PATH: join(folder, 'runtime/node_modules') }, encoding: 'utf8' },
  );
  return (stdout || stderr).trim().split(',');
}

/** The JavaScript files of the assembly, in order of their names. */
function bundles(outdir: string): { readonly path: string; readonly file: string; readonly bytes: number }[] {
  return readdirSync(outdir, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.c?js$/.test(path))
    .map((path) => ({
      path: join(outdir, path),
      file: path.endsWith('.cjs') ? 'job-tool.cjs' : (path.split('/').at(-1) ?? ''),
      bytes: statSync(join(outdir, path)).size,
    }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
}
