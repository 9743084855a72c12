/** The table of rights: what an earlier part found is kept, and every right shows what needs it or why nothing does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNotebook, type Taken } from '../../rehearsal/rights/notebook';
import { policyName } from '../../rehearsal/rights/roles';
import { refusedCalls } from '../../rehearsal/rights/usage';
import { printTaken } from '../../rehearsal/table';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rehearsal-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NEEDED: Taken = { role: 'CommitRole', action: 's3:PutObject', outcome: 'fails', probe: 'push' };
const EXPLAINED: Taken = { role: 'CommitRole', action: 'logs:PutLogEvents', outcome: 'unused' };
const UNEXPLAINED: Taken = { role: 'CommitRole', action: 'sns:Publish', outcome: 'goes on', probe: 'push' };

test('a part that goes on has what the one before it found; any other begins empty', () => {
  const file = join(folder, 'rights.jsonl');
  const seen = { probe: 'push', seconds: 5, rights: ['CommitRole s3:putobject'] };
  const first = openNotebook(file, false);
  first.addSeen(seen);
  first.addTaken(NEEDED);

  expect(openNotebook(file, true)).toMatchObject({ seen: [seen], taken: [NEEDED] });
  expect(openNotebook(file, false)).toMatchObject({ seen: [], taken: [] });
});

test('the table has the scene that fails without a right, or the reason, or says that there is none', () => {
  const rows = printTaken([NEEDED, EXPLAINED, UNEXPLAINED]).split('\n');

  expect(rows).toContain('| CommitRole | push | s3:PutObject |');
  expect(rows).toContainEqual(expect.stringMatching(/^\| CommitRole logs:PutLogEvents \| unused \| Lambda and /));
  expect(rows).toContain('| CommitRole sns:Publish | goes on | NONE |');
});

test("a role's further policies are told apart from its first, by their names in the template", () => {
  const role = 'ImagePipeline-PipelineStateMachineRole7A1B2C3D-0F9E8D7C6B5A4';
  const named = (policy: string) => policyName({ role, policy }, 'ImagePipeline');

  expect(named('PipelineStateMachineRoleDefaultPolicy7A1B2C3D')).toBe('PipelineStateMachineRole');
  expect(named('PipelineOwnRuns4D3C2B1A')).toBe('PipelineStateMachineRole PipelineOwnRuns');
});

test('a refused call is told by role, action and resource, once', () => {
  const call = {
    principal: 'arn:aws:sts::111122223333:assumed-role/ImagePipeline-CommitRole12345678-ABCDEF/session',
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::bucket/key',
    keys: '{}',
    allowed: false,
    count: 2,
  };
  const told = refusedCalls([call, { ...call, keys: '{"a":1}' }, { ...call, allowed: true }], 'ImagePipeline');
  expect(told).toEqual(['CommitRole s3:GetObject on arn:aws:s3:::bucket/key']);
});
