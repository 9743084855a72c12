/** What the doctor says of scanners. */
import { judgeEcrScans, judgeTrivy } from '../../../core/doctor/judge-scanner';
import { parseSettings } from '../../../core/settings/parse-settings';

const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  releases: { host: 'ecr', namespace: 'shop' },
  candidates: { host: 'ecr', repository: 'candidates' },
  scan: { from: 'ecr' },
});
const rule = (scanFrequency: string, ...filters: readonly string[]) => ({
  scanFrequency,
  repositoryFilters: filters.map((filter) => ({ filter, filterType: 'WILDCARD' })),
});
const judge = (rules: readonly ReturnType<typeof rule>[], type = 'ENHANCED') =>
  judgeEcrScans(settings, { type, rules }, ['shop/auth', 'other/thing'], 'eu-central-1');

test('basic scans are fine whatever their rules, because the pipeline starts them', () => {
  expect(judge([], 'BASIC')).toMatchObject({ state: 'ok', text: expect.stringContaining('basic') });
});

test.each([[['*']], [['shop/*', 'candidates']], [['shop', 'cand']], [['*s*']]])(
  'enhanced scans of %j cover all that is scanned',
  (filters) => {
    expect(judge([rule('SCAN_ON_PUSH', ...filters)])).toMatchObject({ state: 'ok' });
  },
);

test.each([
  [[], 'candidates, shop/new, shop/auth'],
  [['candidates'], 'shop/new, shop/auth'],
  [['shop/auth'], 'candidates, shop/new'],
  [['*/auth', 'candidates'], 'shop/new'],
])('enhanced scans of %j leave repositories out, also those of new images', (filters, names) => {
  expect(judge([rule('SCAN_ON_PUSH', ...filters)])).toMatchObject({
    state: 'problem',
    text: expect.stringContaining(`leave out ${names};`),
  });
});

test('the command that covers them keeps the rules that there are', () => {
  const { fix = '' } = judge([rule('SCAN_ON_PUSH', 'other/*')]);
  const rules: unknown = JSON.parse(/--rules '(.*)' --region eu-central-1$/.exec(fix)?.[1] ?? '');

  expect(rules).toEqual([rule('SCAN_ON_PUSH', 'other/*'), rule('CONTINUOUS_SCAN', 'candidates', 'shop/*')]);
});

test('Trivy needs to be installed, and a database', () => {
  expect(judgeTrivy(undefined)).toMatchObject({ state: 'problem', fix: expect.stringContaining('install Trivy') });
  expect(judgeTrivy({ version: '0.74.0' })).toMatchObject({ state: 'problem', fix: 'trivy image --download-db-only' });
  expect(judgeTrivy({ version: '0.74.0', updatedAt: '2026-11-29T06:00:00Z' })).toEqual({
    check: 'scanner',
    state: 'ok',
    text: 'Trivy 0.74.0 with the database of 2026-11-29',
  });
});
