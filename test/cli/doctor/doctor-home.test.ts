/** The doctor on a local pipeline. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../adapters/clock';
import { type DoctorReport, doctor } from '../../../cli/doctor/doctor';
import type { Finding } from '../../../core/doctor/finding';
import { readLocalSettings, writeLocalSettings } from '../../../local/runtime/home';
import { eachTest } from '../../support/each-test';
import { startScriptedHost } from '../../support/http/scripted-host';
import { makeSmallPipeline, runCommand } from '../../support/pipeline/small-pipeline';

const pipeline = eachTest(makeSmallPipeline, (pipeline) => pipeline.remove());

async function examine(
  home = pipeline.home,
): Promise<{ readonly exitCode: number; readonly open: readonly Finding[] }> {
  const { exitCode, stdout } = await runCommand('doctor', '--home', home, '--json');
  const { findings }: DoctorReport = JSON.parse(stdout);
  return { exitCode, open: findings.filter(({ state }) => state === 'problem') };
}

describe('doctor --home', () => {
  test('finds no problem on a working local pipeline', async () => {
    expect(await examine()).toEqual({ exitCode: 0, open: [] });

    await pipeline.run('release', '--version', 'v1.4.0', '--ref', 'main');
    expect(await examine()).toEqual({ exitCode: 0, open: [] });
  });

  test('reports a folder without a pipeline', async () => {
    const { exitCode, open } = await examine(join(pipeline.home, 'nothing'));

    expect(exitCode).toBe(1);
    expect(open).toEqual([
      { check: 'home', state: 'problem', text: expect.stringContaining('has no local pipeline'), fix: 'npm start' },
    ]);
  });

  test('reports a missing repository', async () => {
    rmSync(pipeline.repository.path, { recursive: true });

    const { exitCode, open } = await examine();

    expect(exitCode).toBe(1);
    expect(open).toMatchObject([{ check: 'repository', state: 'problem', fix: expect.stringMatching(/^git -C /) }]);
  });

  test('reports a broken catalog on the branch of the runs', async () => {
    pipeline.repository.commit('main', { 'pipeline.yaml': 'platform: v1.4.0\n' });

    const { exitCode, open } = await examine();

    expect(exitCode).toBe(1);
    expect(open).toMatchObject([
      {
        check: 'catalog',
        state: 'problem',
        fix: expect.stringMatching(/^npx pipeline catalog check --repo .* --ref main$/),
      },
    ]);
    expect(open[0]?.text).toContain('services');
  });

  test('checks the login of another registry, and the pulls left on Docker Hub', async () => {
    const registry = await startScriptedHost([
      ['GET /v2/', { body: {} }],
      ['HEAD /v2/ratelimitpreview/test/manifests/latest', { headers: { 'ratelimit-remaining': '2;w=21600' } }],
    ]);
    const { settings } = await readLocalSettings(pipeline.home);
    const { environments: _all, ...rest } = settings;
    const releases = { host: registry.host, namespace: 'team' };
    await writeLocalSettings(pipeline.home, { ...rest, valuesFile: 'chart/values.yaml', releases }, false);
    let text = '';
    const stdout = { write: (part: string) => (text += part) };
    // A folder without Docker's config file: nobody's credentials.
    const outside = { env: { DOCKER_CONFIG: pipeline.home }, clock: systemClock, hub: registry.host };

    const exitCode = await doctor({ home: pipeline.home, stack: '', json: true }, { stdout }, outside);

    const found = JSON.parse(text).findings.filter(({ check }: Finding) => /registry|pulls/.test(check));
    expect(exitCode).toBe(1);
    expect(found).toMatchObject([
      { check: 'registry login', state: 'ok', text: `${registry.host} needs no login` },
      {
        check: 'Docker Hub pulls',
        state: 'problem',
        text: expect.stringContaining('2 of 2 left'),
        fix: 'docker login',
      },
    ]);
    await registry.stop();
  });
});
