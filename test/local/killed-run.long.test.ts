import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseVersionLock } from '../../core/version/version-lock';
import { homePaths } from '../../local/runtime/home';
import { eachTest } from '../support/each-test';
import { killWhenItSays } from '../support/pipeline/killed-process';
import { makeSmallPipeline } from '../support/pipeline/small-pipeline';

const RELEASE = ['release', '--version', 'v1.4.0', '--ref', 'main'];
const LOCK = 'chart/version-lock.yaml';

const pipeline = eachTest(makeSmallPipeline, (pipeline) => pipeline.remove());

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );
}

describe('a run that is killed', () => {
  test.each(['Plan the run', 'Build images', 'built 2 of 4', 'Tag all images', 'Update the values file'])(
    'at "%s" leaves the branch whole, and the same run again finishes it',
    async (moment) => {
      const before = pipeline.repository.git('rev-parse', 'main');

      await killWhenItSays(moment, pipeline.home, RELEASE);

      const commits = pipeline.repository.git('rev-list', '--count', `${before}..main`);
      expect(['0', '1']).toContain(commits);
      pipeline.repository.git('fsck', '--strict');

      const report = await pipeline.report(...RELEASE);

      expect(report).toMatchObject({ status: 'SUCCEEDED', failed: [] });
      expect(pipeline.repository.git('rev-list', '--count', `${before}..main`)).toBe('1');
      expect(pipeline.read('chart/values.yaml')).toContain('tag: &tag v1.4.0');
      const lock = parseVersionLock(pipeline.read(LOCK), LOCK);
      expect([...lock.values()].map(({ version }) => version)).toEqual(['v1.4.0', 'v1.4.0', 'v1.4.0', 'v1.4.0']);
      const claims = filesBelow(homePaths(pipeline.home).claims).filter((file) => file.endsWith('.json'));
      expect(claims).toHaveLength(4);
    },
    60_000,
  );

  test('while images are built does not build again what was built', async () => {
    await killWhenItSays('built 2 of 4', pipeline.home, RELEASE);

    const report = await pipeline.report(...RELEASE);

    expect(report.totals.build).toBeLessThanOrEqual(2);
    expect(report.totals.retag).toBe(4 - report.totals.build);
  }, 60_000);
});
