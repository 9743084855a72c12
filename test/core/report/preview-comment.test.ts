/** The comment on a pull request: what, why, how long, at what cost; and nothing that the repository's texts could do in it. */
import fc from 'fast-check';
import type { Stage } from '../../../core/catalog/model';
import type { Plan, PlannedService } from '../../../core/contract/plan';
import { NO_TIMES } from '../../../core/estimate/recorded-jobs';
import { estimateRun } from '../../../core/estimate/run-range';
import { PREVIEW_MARKER, previewComment, previewProblem } from '../../../core/report/comment';

const COMMIT = 'c'.repeat(40);

const stage = (name: string, ...needs: string[]): Stage => ({ name, title: name, needs });

const STAGES = [stage('tools'), stage('apps', 'tools'), stage('ui')];

function comment(plan: Plan, region = 'us-east-1'): string {
  return previewComment(plan, { stages: STAGES, region });
}

/** Returns the plan with the estimate that the plan step makes of it without records. */
function estimated(plan: Plan, stageConcurrency = 20): Plan {
  const jobs = plan.services
    .filter(({ action }) => action === 'build')
    .map(({ name, stage: of, minutes }) => ({ name, stage: of, minutes, priority: 2 }));
  return {
    ...plan,
    estimate: estimateRun({ jobs, stages: STAGES, stageConcurrency }, NO_TIMES, 'times.json is `damaged`'),
  };
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

    expect(text).toContain('$0.12.\nno price of general1.medium in eu-central-1 is known');
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
      'About 20 build minutes, $0.20.',
      '',
      '| service | time | why |',
      '|---|---|---|',
      '| `auth` | 12 min | `auth/main.py was changed` |',
      '| `restapi` | 8 min | `a`; `b`; `c`; and 1 more |',
      '',
      'Planned at `cccccccccccc`; nothing was built.',
      '',
    ]);
  });

  describe('has the estimate of the plan', () => {
    const at = (stageName: string, name: string, minutes: number) => ({
      ...service(name, 'build', minutes, 'a'),
      stage: stageName,
    });

    test('as a range, with the builds that wait for each other, and why records are not used', () => {
      const plan = planOf([at('tools', 'sdk', 3), at('apps', 'auth', 12), at('apps', 'api', 5), at('ui', 'web', 9)]);
      const text = comment(estimated(plan));

      expect(text).toContain('About 29 build minutes');
      expect(text).toMatch(
        /\nFrom the first start to the last end it is 1\d to (1|2)\d min in 8 of 10 runs. Stages wait for each other: `sdk`, then `auth`.\n/,
      );
      expect(text).toContain("\n`times.json is 'damaged'`\n");
    });

    test('with the range of each service instead of the catalog’s minutes', () => {
      const plan = planOf([at('apps', 'auth', 12)]);

      expect(comment(plan)).toContain('| `auth` | 12 min |');
      expect(comment(estimated(plan))).toMatch(/\| `auth` \| \d+ to 1\d min \|/);
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
        expect(outside.split('\n').find((line) => line.startsWith('|  |'))).toBe('|  | 1 min |  |');
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
