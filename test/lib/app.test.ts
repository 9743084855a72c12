/** The CDK app as `cdk synth` runs it: a process of its own, with everything bundled. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const { context: CONTEXT } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));

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
  test('synthesizes from the files in cdk.json, its template found right by CloudFormation validation', () => {
    const outdir = join(folder, 'cdk.out');

    const { status, stderr } = synth({}, outdir);

    expect({ status, stderr: stderr.replace(/^Bundling asset .*\n/gm, '') }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')).pluginReports).toEqual([]);
    const { Resources } = JSON.parse(readFileSync(join(outdir, 'ImagePipeline.template.json'), 'utf8'));
    const repositories = Object.values(Resources as Record<string, { Type: string }>).filter(
      ({ Type }) => Type === 'AWS::ECR::Repository',
    );
    expect(repositories.length).toBeGreaterThan(73);
    expect(bundles(outdir).map(({ file, bytes }) => ({ file, small: bytes < 1_000_000 }))).toEqual([
      ...Array.from({ length: 6 }, () => ({ file: 'handler.js', small: true })),
      { file: 'job-tool.cjs', small: true },
    ]);
  });

  test('tells what is wrong with settings, without a trace of calls, and fails', () => {
    const file = settingsFile('wrong.json', JSON.stringify({ git: { host: 'github', repository: 'x' } }));

    const { status, stderr } = synth({ settings: file }, join(folder, 'wrong'));

    expect(status).toBe(1);
    expect(stderr).toContain(`settings ${file}: the settings cannot work:`);
    expect(stderr).toContain('git.repository: must be owner/name');
    expect(stderr).toContain('releases:');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test.each([
    ['a file that is not there', () => 'no-such.json', /settings no-such\.json: ENOENT/],
    ['a file that is no JSON', () => settingsFile('no-json.json', '{ git'), /settings .*no-json\.json: .*JSON/],
  ])('names %s', (_, file, message) => {
    const { status, stderr } = synth({ settings: file() }, join(folder, 'nothing'));

    expect(status).toBe(1);
    expect(stderr).toMatch(message);
  });
});

/** The JavaScript files of the assembly, in order of their names. */
function bundles(outdir: string): { readonly file: string; readonly bytes: number }[] {
  return readdirSync(outdir, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.c?js$/.test(path))
    .map((path) => ({
      file: path.endsWith('.cjs') ? 'job-tool.cjs' : (path.split('/').at(-1) ?? ''),
      bytes: statSync(join(outdir, path)).size,
    }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
}
