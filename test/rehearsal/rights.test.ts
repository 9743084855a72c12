/** The table of rights: earlier results are kept, and every right has the probe that needs it, or a reason. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openResults, type Removal } from '../../rehearsal/rights/results-file';
import { policyName } from '../../rehearsal/rights/roles';
import { refusedCalls } from '../../rehearsal/rights/usage';
import { printRemovals } from '../../rehearsal/table';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rehearsal-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NEEDED: Removal = { role: 'CommitRole', action: 's3:PutObject', outcome: 'fails', probe: 'push' };
const EXPLAINED: Removal = { role: 'CommitRole', action: 'logs:PutLogEvents', outcome: 'unused' };
const UNEXPLAINED: Removal = { role: 'CommitRole', action: 'sns:Publish', outcome: 'passes', probe: 'push' };

test('a resumed run has the results of the last one; any other starts empty', () => {
  const file = join(folder, 'rights.jsonl');
  const usage = { probe: 'push', seconds: 5, rights: ['CommitRole s3:putobject'] };
  const first = openResults(file, false);
  first.addUsage(usage);
  first.addRemoval(NEEDED);

  expect(openResults(file, true)).toMatchObject({ usages: [usage], removals: [NEEDED] });
  expect(openResults(file, false)).toMatchObject({ usages: [], removals: [] });
});

test('the table has the probe that fails without a right, or the reason for the right, or NONE', () => {
  const rows = printRemovals([NEEDED, EXPLAINED, UNEXPLAINED]).split('\n');

  expect(rows).toContain('| CommitRole | push | s3:PutObject |');
  expect(rows).toContainEqual(expect.stringMatching(/^\| CommitRole logs:PutLogEvents \| unused \| Lambda and /));
  expect(rows).toContain('| CommitRole sns:Publish | passes | NONE |');
});

test("a role's additional policies are named as in the template", () => {
  const role = 'ImagePipeline-PipelineStateMachineRole7A1B2C3D-0F9E8D7C6B5A4';
  const named = (policy: string) => policyName({ role, policy }, 'ImagePipeline');

  expect(named('PipelineStateMachineRoleDefaultPolicy7A1B2C3D')).toBe('PipelineStateMachineRole');
  expect(named('PipelineOwnRuns4D3C2B1A')).toBe('PipelineStateMachineRole PipelineOwnRuns');
});

test('a refused call is listed once, with role, action and resource', () => {
  const call = {
    principal: 'arn:aws:sts::111122223333:assumed-role/ImagePipeline-CommitRole12345678-ABCDEF/session',
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::bucket/key',
    keys: '{}',
    allowed: false,
    count: 2,
  };
  const refused = refusedCalls([call, { ...call, keys: '{"a":1}' }, { ...call, allowed: true }], 'ImagePipeline');
  expect(refused).toEqual(['CommitRole s3:GetObject on arn:aws:s3:::bucket/key']);
});
