/** The comment on a pull request: what, why, how long, at what cost; and nothing that the repository's texts could do in it. */
import fc from 'fast-check';
import type { Catalog, Stage } from '../../../core/catalog/model';
import type { Plan, PlannedService } from '../../../core/contract/plan';
import { PREVIEW_MARKER, previewComment, previewProblem } from '../../../core/report/comment';

const COMMIT = 'c'.repeat(40);

const stage = (name: string, ...needs: string[]): Stage => ({ name, title: name, needs });

/** The catalog of a plan's services, in stages `tools`, then `apps`, and `ui` beside them. */
function catalogOf({ services }: Plan): Catalog {
  const stages = [stage('tools'), stage('apps', 'tools'), stage('ui')];
  return { stages, services: services.map(({ name }) => ({ name, priority: 2 })) } as unknown as Catalog;
}

function comment(plan: Plan, region = 'us-east-1', stageConcurrency = 20): string {
  return previewComment(plan, { catalog: catalogOf(plan), stageConcurrency, region });
}

function service(name: string, action: PlannedService['action'], minutes: number, ...texts: string[]): PlannedService {
  const reasons = texts.map((text) => ({ kind: 'input-changed', text }));
  return { name, stage: 'apps', action, minutes, reasons } as unknown as PlannedService;
}

function planOf(services: readonly PlannedService[], ref = 'develop'): Plan {
  const count = (action: string) => services.filter((each) => each.action === action).length;
  const totals = { build: count('build'), retag: count('retag'), keep: count('keep') };
  return { ref, commit: COMMIT, services, totals } as unknown as Plan;
}

describe('the comment on a pull request', () => {
  test('names the region of its prices if those of its own region are unknown', () => {
    const text = comment(planOf([service('auth', 'build', 12, 'a')]), 'eu-central-1');

    expect(text).toContain(
      '$0.12. The longest one takes 12 minutes.\nno price of general1.medium in eu-central-1 is known',
    );
  });

  test('takes the price of the machine that each image is built on', () => {
    const large = {
      ...service('auth', 'build', 10, 'a'),
      machine: { compute: 'large', architecture: 'x86_64' } as const,
    };

    const text = comment(planOf([large, service('restapi', 'build', 5, 'b')]), 'us-east-1');

    expect(text).toContain('About 15 build minutes, $0.25.');
  });

  test('has the plan’s note if there are no services', () => {
    const note = 'this commit has no catalog pipeline.yaml: nothing to do';
    const lines = comment({ ...planOf([]), note }).split('\n');

    expect(lines.slice(1, 4)).toEqual([
      '**Merging this into `develop` would build 0 images**, retag 0 and keep 0.',
      '',
      `\`${note}\``,
    ]);
  });

  test('has the builds of a merge with reasons, time and cost', () => {
    const text = comment(
      planOf([
        service('auth', 'build', 12, 'auth/main.py was changed'),
        service('restapi', 'build', 8, 'a', 'b', 'c', 'd'),
        service('etcd', 'keep', 5, 'unchanged'),
      ]),
      'us-east-1',
    );

    expect(text.split('\n')).toEqual([
      PREVIEW_MARKER,
      '**Merging this into `develop` would build 2 images**, retag 0 and keep 1.',
      '',
      'About 20 build minutes, $0.20. The longest one takes 12 minutes.',
      'From the first start to the last end it is about 12 minutes, as stages wait for each other: `auth`.',
      '',
      '| service | minutes | why |',
      '|---|---|---|',
      '| `auth` | 12 | `auth/main.py was changed` |',
      '| `restapi` | 8 | `a`; `b`; `c`; and 1 more |',
      '',
      'Planned at `cccccccccccc`; nothing was built.',
      '',
    ]);
  });

  describe('has the elapsed time', () => {
    const at = (stageName: string, name: string, minutes: number) => ({
      ...service(name, 'build', minutes, 'a'),
      stage: stageName,
    });

    test('as the sum of jobs that wait for each other, not of parallel ones', () => {
      const text = comment(
        planOf([at('tools', 'sdk', 3), at('apps', 'auth', 12), at('apps', 'api', 5), at('ui', 'web', 9)]),
      );

      expect(text).toContain('About 29 build minutes');
      expect(text).toContain(
        '\nFrom the first start to the last end it is about 15 minutes, as stages wait for each other: `sdk`, then `auth`.\n',
      );
    });

    test('with at most as many jobs of a stage at a time as the settings allow', () => {
      const plan = planOf([at('apps', 'auth', 12), at('apps', 'api', 5), at('apps', 'mail', 4)]);

      expect(comment(plan, 'us-east-1', 2)).toContain('it is about 12 minutes');
      expect(comment(plan, 'us-east-1', 1)).toContain('it is about 21 minutes');
    });
  });

  test('is short if nothing would be built', () => {
    const text = comment(planOf([service('etcd', 'keep', 5)]), 'us-east-1');

    expect(text).toContain('would build 0 images**, retag 0 and keep 1.');
    expect(text).not.toMatch(/\$|\|/);
  });

  test('stays within GitHub’s limit for any number of builds', () => {
    const many = Array.from({ length: 900 }, (_, index) =>
      service(`s${index}`, 'build', 9, 'x'.repeat(900), 'y'.repeat(900)),
    );

    const text = comment(planOf(many), 'us-east-1');

    expect(text).toContain('and 800 more');
    expect(text.length).toBeLessThan(65_536);
  });

  test('mentions no one and has no markup from names and reasons', () => {
    const hostile = fc
      .array(fc.constantFrom('`', '@team', '|', '\n', '\\', '<img>', '[x](y)', '#1', ' ', 'a'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(hostile, hostile, hostile, (name, reason, ref) => {
        const text = comment(planOf([service(name, 'build', 1, reason)], ref), 'us-east-1');
        const outside = text.replaceAll(PREVIEW_MARKER, '').replace(/`[^`\n]+`/g, '');
        expect(outside).not.toMatch(/[`@<[#\\]/);
        expect(outside.split('\n').find((line) => line.startsWith('|  |'))).toBe('|  | 1 |  |');
      }),
    );
  });

  test('has the problems of a commit that cannot be planned, as plain text', () => {
    const text = previewProblem(COMMIT, 'pipeline.yaml: line 3\n```\n@team\r# title');

    expect(text).toBe(
      `${PREVIEW_MARKER}\n**Merging this could not be built.**\n\n\`\`\`\`\npipeline.yaml: line 3\n\`\`\`\n@team?# title\n\`\`\`\`\n\nPlanned at \`cccccccccccc\`; nothing was built.\n`,
    );
  });
});
