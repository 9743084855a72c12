/** The job tool on a source archive unpacked by tar, as the buildspec does. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleJobTool } from '../../../buildspecs/job/bundle';
import { jobTool } from '../../../buildspecs/job/job-tool';
import { makeSampleSource, type SampleSource } from '../../local/build/sample-source';

let source: SampleSource;
let directory: string;

beforeAll(async () => {
  source = await makeSampleSource();
});
afterAll(() => source.remove());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'job-tool-'));
  execFileSync('tar', ['--extract', '--gzip', '--file', fileURLToPath(source.archive), '--directory', directory]);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function environment(service: string, part: Record<string, string> = {}) {
  return {
    SERVICE: service,
    INPUT_DIGEST: source.digests.get(service) ?? 'none',
    CANDIDATE_IMAGE: 'registry.example/candidates:x',
    CATALOG_FILE: 'pipeline.yaml',
    RELEASE_NAMESPACE: 'registry.example/team',
    ...part,
  };
}

describe('check', () => {
  test.each(['auth', 'chat'])('%s has the input digest that was planned from git', async (service) => {
    await expect(jobTool(['check', directory], environment(service))).resolves.toMatch(/as planned, over \d+ files/);
  });

  test('refuses a source in which an input was changed', async () => {
    appendFileSync(join(directory, 'tools/lib.py'), 'changed\n');
    await expect(jobTool(['check', directory], environment('auth'))).rejects.toMatchObject({
      name: 'InputDigestMismatch',
      message: expect.stringContaining(`the plan said ${source.digests.get('auth')}; nothing was built`),
    });
  });

  test('refuses a source in which only the executable bit was changed', async () => {
    chmodSync(join(directory, 'services/auth/run.sh'), 0o644);
    await expect(jobTool(['check', directory], environment('auth'))).rejects.toThrow(/nothing was built/);
  });

  test('does not mind a change in what the build does not read', async () => {
    appendFileSync(join(directory, 'unrelated/file.txt'), 'changed\n');
    await expect(jobTool(['check', directory], environment('auth'))).resolves.toContain('as planned');
  });

  test('refuses a service that the source does not have', async () => {
    await expect(jobTool(['check', directory], environment('$(id)'))).rejects.toThrow(
      "the source has no service '$(id)'",
    );
  });

  test('says which file is missing if there is no catalog', async () => {
    await expect(jobTool(['check', directory], environment('auth', { CATALOG_FILE: 'no.yaml' }))).rejects.toThrow(
      /the source has no catalog:\n {2}no\.yaml/,
    );
  });
});

describe('build-arguments', () => {
  test('prints arguments, each ended by NUL, with values as they are', async () => {
    const text = await jobTool(['build-arguments', directory], environment('chat'));

    expect(text.endsWith('\0')).toBe(true);
    expect(text.split('\0')).toContain('--build-arg=GREETING=a b $(id)');
  });

  test('refuses a build context that a symbolic link leads out of the source', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'job-tool-outside-'));
    try {
      renameSync(join(directory, 'services/chat'), join(outside, 'chat'));
      symlinkSync(join(outside, 'chat'), join(directory, 'services/chat'));
      await expect(jobTool(['build-arguments', directory], environment('chat'))).rejects.toThrow(
        /leads out of the source by a symbolic link/,
      );
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  test('refuses a Dockerfile that is a symbolic link to a file of the build machine', async () => {
    rmSync(join(directory, 'services/chat/Dockerfile'));
    symlinkSync('/etc/hostname', join(directory, 'services/chat/Dockerfile'));
    await expect(jobTool(['build-arguments', directory], environment('chat'))).rejects.toThrow(
      /leads out of the source/,
    );
  });

  test('refuses a service that the catalog does not have', async () => {
    await expect(jobTool(['build-arguments', directory], environment('nobody'))).rejects.toThrow(/no such service/);
  });
});

describe('the command line', () => {
  test.each([[[]], [['check']], [['build', 'x']], [['check', 'a', 'b']]])(
    '%j is answered with the usage',
    async (argv) => {
      await expect(jobTool(argv, {})).rejects.toThrow(/use: check DIR, build-arguments DIR/);
    },
  );

  test('one bundled file does the same, and fails with a message and code 1', async () => {
    const tool = join(directory, '..', `job-tool-${process.pid}.cjs`);
    try {
      await bundleJobTool(tool);
      const run = (env: Record<string, string>) =>
        execFileSync(process.execPath, [tool, 'check', directory], { env, encoding: 'utf8', stdio: 'pipe' });

      expect(run(environment('auth'))).toContain('as planned');
      expect(() => run(environment('auth', { INPUT_DIGEST: 'f'.repeat(40) }))).toThrow(
        expect.objectContaining({ status: 1, stderr: expect.stringMatching(/^the input digest of auth/) }),
      );
    } finally {
      rmSync(tool, { force: true });
    }
  });
});
