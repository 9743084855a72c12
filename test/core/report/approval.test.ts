import fc from 'fast-check';
import {
  approvalText,
  isKnownStarter,
  readApproval,
  refuseOwnApproval,
  rejectionText,
  waitingNotice,
} from '../../../core/report/approval';
import { noticeMessage, readNotice } from '../../../core/report/notice';
import { COMMIT, plannedService, planOf } from '../../support/pipeline/runs';
import { runs } from '../../support/property-runs';

const ALICE = 'arn:aws:iam::123456789012:user/alice';

test.each<[string, unknown, ReturnType<typeof readApproval>]>([
  ['no approval was required', false, undefined],
  ['the state is not there', undefined, undefined],
  ['an answer without a name', {}, {}],
  ['an answer by hand that is no object', 'yes', {}],
  [
    'a person with a comment',
    { by: ALICE, comment: 'smoke tests are green' },
    { by: ALICE, comment: 'smoke tests are green' },
  ],
  ['a name that is no text', { by: 7, comment: 'ok' }, { comment: 'ok' }],
  ['texts of several lines', { by: ' a\nb ', comment: 'x\r\n\tRun-Id: y' }, { by: 'a b', comment: 'x Run-Id: y' }],
])('the output of the waiting state: %s', (_what, output, read) => {
  expect(readApproval(output)).toEqual(read);
});

test('whatever an answer contains, its texts are one line and have a bound', () => {
  fc.assert(
    fc.property(fc.anything(), fc.string({ unit: 'binary', maxLength: 2000 }), (by, comment) => {
      const read = readApproval({ by, comment });
      for (const text of Object.values(read ?? {})) {
        expect(text).toMatch(/^[^\p{C}]+$/u);
        expect(text.length).toBeLessThanOrEqual(400);
      }
    }),
    { numRuns: runs(300) },
  );
});

test('an approval is told with its person and comment', () => {
  expect(approvalText(undefined)).toBeUndefined();
  expect(approvalText({ by: 'bob' })).toBe('approved by bob');
  expect(approvalText({ by: 'bob', comment: 'tested' })).toBe('approved by bob: tested');
  expect(approvalText({})).toBe('approved by somebody whom the answer does not name');
});

test('a rejection is told with its person and reason', () => {
  expect(rejectionText({})).toBe('the run was rejected; no version was given and no values file was changed');
  expect(rejectionText({ by: 'bob', reason: 'not today' })).toBe(
    'the run was rejected by bob; no version was given and no values file was changed: not today',
  );
});

describe('an environment that forbids that the starter approves', () => {
  const rule = { notByStarter: true, startedBy: ALICE, environment: 'production' };

  test('takes the answer of another person', () => {
    expect(() => refuseOwnApproval(rule, { by: 'arn:aws:iam::123456789012:user/bob' })).not.toThrow();
  });

  test.each([
    ['the starter', { by: ALICE }, `and ${ALICE} did; another person has to answer`],
    ['nobody', {}, 'and the answer does not say who gave it; answer with npx pipeline approve'],
  ])('refuses the answer of %s', (_who, approval, why) => {
    expect(() => refuseOwnApproval(rule, approval)).toThrow(
      `environment production forbids that the person who started a run approves it, ${why}`,
    );
  });

  test('does not exist without the setting', () => {
    expect(() => refuseOwnApproval({ ...rule, notByStarter: false }, { by: ALICE })).not.toThrow();
  });
});

test('the starter of a push is known by a name of git only, which no answer has', () => {
  expect(isKnownStarter(undefined)).toBe(false);
  expect(isKnownStarter('git:alice')).toBe(false);
  expect(isKnownStarter(ALICE)).toBe(true);
});

describe('the notice about a run that waits', () => {
  const link = 'https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/x';
  const plan = planOf(
    [
      plannedService('auth', 'retag', { previousVersion: 'v1.3.0' }),
      plannedService('mail', 'build'),
      plannedService('etcd', 'keep'),
    ],
    { action: 'promote', environment: 'production', startedBy: ALICE },
  );
  const waiting = {
    run: 'promote-1',
    until: '2026-11-24T12:00:00.000Z',
    plan,
    place: '--stack Shop',
    notByStarter: true,
  };

  test('says what, where to, who, until when, and the commands that answer', () => {
    expect(waitingNotice({ ...waiting, link }).split('\n')).toEqual([
      'Run promote-1 waits for approval: promote v1.4.0 to production by alice',
      'Services: auth v1.3.0 -> v1.4.0, mail v1.4.0',
      `From branch main at ${COMMIT.slice(0, 12)}, started by ${ALICE}, who must not approve it`,
      'Without an answer by 2026-11-24 12:00 UTC the run fails, and nothing is released.',
      'Approve: npx pipeline approve promote-1 --stack Shop',
      'Reject: npx pipeline reject promote-1 --stack Shop --reason TEXT',
      `Details: ${link}`,
    ]);
  });

  test('is a question in a chat, with the same lines and the link', () => {
    const notice = readNotice(waitingNotice({ ...waiting, link }));
    expect(notice).toMatchObject({ kind: 'waiting', run: 'promote-1', link });
    const message = noticeMessage(notice, undefined);
    expect(message).toMatchObject({ isQuestion: true, links: [{ title: 'Run', url: link }] });
    expect(message.lines).toContain('Approve: npx pipeline approve promote-1 --stack Shop');
  });

  test('has no link on one machine, and counts services beyond the first ten', () => {
    const services = Array.from({ length: 13 }, (_, index) => plannedService(`s${index}`, 'build'));
    const { startedBy: _, ...many } = planOf(services);
    const text = waitingNotice({ ...waiting, plan: many, place: '--home .local/demo', notByStarter: false });
    expect(text).toMatch(/, s9 v1\.4\.0 and 3 more$/m);
    expect(text).toContain('started by an unknown person');
    expect(text).not.toContain('Details');
    expect(readNotice(text)).toMatchObject({ kind: 'waiting', lines: text.split('\n').slice(1) });
  });
});
