/** Published modules as people read of them: in report, summary, comment, tables, status and plan. */

import { planText } from '../../../cli/output/plan';
import { runsTable, runTable } from '../../../cli/output/print';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { compareInputs } from '../../../core/compare/compare';
import type { BuildOutcome } from '../../../core/contract/job';
import type { Plan, PlannedModule } from '../../../core/contract/plan';
import { moduleBuilds, withModuleStages } from '../../../core/estimate/run-jobs';
import { publishingModules } from '../../../core/modules/plan-modules';
import { previewComment } from '../../../core/report/comment';
import { buildOutcome } from '../../../core/report/outcome';
import { type RunState, runReport } from '../../../core/report/run-report';
import { finalStatus } from '../../../core/report/status';
import { printSummary } from '../../../core/report/summary';
import { planOf } from '../../support/pipeline/runs';

const CATALOG = parseCatalog(`platform: v1.4.0
stages: [{ name: tools }, { name: apps, needs: [tools] }, { name: web }]
modules:
  time: { path: tools/time, publish: { minutes: 4 } }
  rest: { path: clients/rest, publish: { package: rest-client, minutes: 6 } }
services:
  auth: { stage: apps, minutes: 12, dependencies: [time] }
`);

function moduleOf(name: string, part: Partial<PlannedModule>): PlannedModule {
  const { publish } = publishingModules(CATALOG).find((module) => module.name === name) ?? {};
  if (publish === undefined) throw new Error(name);
  return { name, action: 'publish', contentDigest: 'd'.repeat(40), version: '1.0.0', reasons: [], ...publish, ...part };
}

const PLAN = planOf([], {
  action: 'push',
  ref: 'develop',
  modules: [moduleOf('time', {}), moduleOf('rest', { action: 'keep', version: '2.0.0.dev8' })],
});

function reportOf(outcomes: readonly BuildOutcome[], error?: RunState['error'], plan: Plan = PLAN) {
  const ended = { run: 'run-1', seconds: 60, isReleased: false, region: 'us-east-1' };
  return runReport({ ...ended, state: error === undefined ? {} : { error }, plan, outcomes });
}

const PUBLISHED = reportOf([{ service: 'module/time', status: 'SUCCEEDED', version: '0.1.0.dev7' }]);
const FAILED = reportOf([{ service: 'module/time', status: 'FAILED', cause: 'a test failed' }], {
  Error: 'BuildsFailed',
  Cause: '1 of 1 builds failed',
});

test('the report has every package of the source with its version, and counts no module for an image', () => {
  expect(PUBLISHED.packages).toEqual([
    { module: 'time', package: 'time', version: '0.1.0.dev7', isNew: true },
    { module: 'rest', package: 'rest-client', version: '2.0.0.dev8', isNew: false },
  ]);
  expect(PUBLISHED.work).toEqual({ built: 0, cacheHits: 0, minutes: 4, cost: 0.02 });
  expect(FAILED.packages).toEqual([{ module: 'rest', package: 'rest-client', version: '2.0.0.dev8', isNew: false }]);
  const { modules: _none, ...without } = PLAN;
  expect(reportOf([], undefined, without)).not.toHaveProperty('packages');
});

test('the summary has the command that installs them', () => {
  expect(printSummary(PUBLISHED, PLAN)).toContain(
    [
      '## Packages',
      '',
      '| module | package | |',
      '|---|---|---|',
      '| time | time==0.1.0.dev7 | published |',
      '| rest | rest-client==2.0.0.dev8 | already published |',
    ].join('\n'),
  );
  expect(printSummary(FAILED, PLAN)).toContain('| module/time | FAILED | a test failed |  |');
});

test('the tables list published and failed modules, and do not count them as images', () => {
  expect(runTable(PUBLISHED).split('\n').at(-1)).toBe('modules: 1 published (time), 1 kept');
  expect(runTable(FAILED).split('\n').at(-1)).toBe('modules: 0 published, 1 kept, failed: module/time');
  expect(runsTable([FAILED]).split('\n').at(-1)).toMatch(/^push v1.4.0 +develop +failed +0 +0 +0 +0 +0 /);
});

test('the status counts the jobs of modules', () => {
  const modules = 'modules: published 0, kept 1, failed 1, not done 0';
  const result = `built 0, retagged 0, kept 0, failed 0, not done 0; ${modules}`;
  expect(finalStatus(FAILED, undefined, '')?.description).toBe(`push v1.4.0: ${result} in 60 s: module/time`);
});

test('the comment on a pull request lists the modules that a merge would publish', () => {
  const comment = previewComment(PLAN, { stages: CATALOG.stages, region: 'us-east-1' });
  expect(comment.split('\n').slice(1, 4)).toEqual([
    '**Merging this into `develop` would build 0 images**, retag 0 and keep 0.',
    '',
    'It would publish `time`.',
  ]);
});

test('a plan between two commits lists changed modules, and counts their time', () => {
  const now = publishingModules(CATALOG).map((module) => ({ module, contentDigest: `new ${module.name}` }));
  const report = compareInputs({
    commit: 'c'.repeat(40),
    base: 'b'.repeat(40),
    catalog: CATALOG,
    inputs: new Map(),
    before: new Map(),
    newText: '',
    problems: [],
    modules: { now, before: new Map([['rest', 'new rest']]) },
  });

  expect(report.modules).toEqual([
    { name: 'time', package: 'time', action: 'publish', contentDigest: 'new time' },
    { name: 'rest', package: 'rest-client', action: 'keep', contentDigest: 'new rest' },
  ]);
  expect(report.estimate).toMatchObject({ minutes: 4, cost: 0.02, criticalPath: ['module time'] });
  expect(planText(report)).toContain('\npublish: time\n');
});

test('an estimate builds modules before the images of their stage', () => {
  expect(withModuleStages(CATALOG).map(({ name, needs }) => [name, needs])).toEqual([
    ['tools/modules', []],
    ['tools', ['tools/modules']],
    ['apps', ['tools']],
    ['web', []],
  ]);
  expect(moduleBuilds(publishingModules(CATALOG)).map(({ stage }) => stage)).toEqual([
    'tools/modules',
    'tools/modules',
  ]);
});

test.each([
  ['PackageIndexError', 'module time was not published: the build left no wheel'],
  ['ImageMissing', 'the build ended well, but registry.example/candidates has no auth.d'],
])(
  'a step after the build that refuses with %s fails the job with its words, and no other build is tried',
  (name, text) => {
    const Cause = JSON.stringify({ errorType: name, errorMessage: text, trace: [] });
    expect(buildOutcome({ service: 'x', error: { Error: name, Cause } })).toEqual({
      service: 'x',
      status: 'FAILED',
      cause: `${name}: ${text}`,
    });
  },
);
