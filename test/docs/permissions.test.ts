/** The example policies of docs/permissions.md: each allows what its person does, and nothing that another one does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { objectKeys } from '../../core/contract/keys';
import { isAllowed } from '../../rehearsal/rights/evaluate';
import type { Statement } from '../../rehearsal/rights/roles';

interface DocumentStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

const text = readFileSync(join(__dirname, '../../docs/permissions.md'), 'utf8');
const list = (value: string | readonly string[]) => (typeof value === 'string' ? [value] : value);

const policies = new Map(
  [...text.matchAll(/```json ([a-z-]+)\n([\s\S]*?)```/g)].map(([, name = '', json = '']) => {
    const { Statement: statements } = JSON.parse(json) as { Statement: readonly DocumentStatement[] };
    return [
      name,
      statements.map(
        ({ Effect, Action, Resource }): Statement => ({
          effect: Effect,
          actions: list(Action),
          resources: list(Resource),
          conditions: {},
        }),
      ),
    ];
  }),
);

const MACHINE = 'arn:aws:states:REGION:ACCOUNT:stateMachine:MACHINE';
const RUN = 'arn:aws:states:REGION:ACCOUNT:execution:MACHINE:push-main-1';
const object = (key: string) => `arn:aws:s3:::BUCKET/${key}`;

/** The calls of the command line, by what a person does. */
const CALLS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  read: [
    ['cloudformation:DescribeStacks', 'arn:aws:cloudformation:REGION:ACCOUNT:stack/STACK/0a1b'],
    ['states:ListExecutions', MACHINE],
    ['states:DescribeExecution', RUN],
    ['states:GetExecutionHistory', RUN],
    ['logs:GetLogEvents', 'arn:aws:logs:REGION:ACCOUNT:log-group:STACK-BuilderLog1A2B:log-stream:4f1e-2'],
    ['s3:GetObject', object(objectKeys.report('push-main-1'))],
    ['s3:GetObject', object(objectKeys.plan('push-main-1'))],
    ['s3:ListBucket', 'arn:aws:s3:::BUCKET'],
  ],
  start: [
    ['states:StartExecution', MACHINE],
    ['states:StopExecution', RUN],
    ['states:RedriveExecution', RUN],
  ],
  answer: [
    ['s3:GetObject', object(objectKeys.approval('push-main-1'))],
    ['states:SendTaskSuccess', MACHINE],
    ['states:SendTaskFailure', MACHINE],
  ],
};

const MAY: Readonly<Record<string, readonly string[]>> = {
  reader: ['read'],
  'release-manager': ['start'],
  approver: ['read', 'answer'],
};

test.each(Object.entries(MAY))('the policy of the %s allows exactly to %j', (name, tasks) => {
  const allowed = Object.entries(CALLS).map(([task, calls]) => [
    task,
    calls.map(([action, resource]) => isAllowed({ action, resource, keys: '{}' }, policies.get(name) ?? [])),
  ]);

  expect(allowed).toEqual(Object.entries(CALLS).map(([task, calls]) => [task, calls.map(() => tasks.includes(task))]));
});

test('no policy allows writing an object or reading a secret', () => {
  const forbidden = [
    ['s3:PutObject', object(objectKeys.answer('push-main-1'))],
    ['secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:REGION:ACCOUNT:secret:STACK'],
    ['s3:GetObject', object('sources/0a/source.tar.gz')],
    ['states:StartExecution', 'arn:aws:states:REGION:ACCOUNT:stateMachine:OTHER'],
  ] as const;
  for (const statements of policies.values()) {
    for (const [action, resource] of forbidden)
      expect(isAllowed({ action, resource, keys: '{}' }, statements)).toBe(false);
  }
});
