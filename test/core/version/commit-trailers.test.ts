import { printTrailers, readTrailers, runMark, runOf } from '../../../core/version/commit-message';

const source = '0123456789abcdef0123456789abcdef01234567';

describe('the trailers of a commit', () => {
  test.each([
    { run: 'release-v1-4-0-20261123T210501', source },
    { run: 'rollback-1', source, rollbackTo: 'v1.3.0' },
    { run: 'rollback-2', source, rollbackOf: 'push-develop-0123abcd-20261123T210501042' },
    { run: 'push-1', source, environment: 'dev', startedBy: 'git:alice' },
    {
      run: 'r',
      source,
      rollbackTo: 'v1',
      environment: 'e',
      startedBy: 'a b',
      approvedBy: 'b',
      approvalComment: 'c: d',
    },
  ])('are read as they were written: %p', (trailers) => {
    expect(readTrailers(`a subject\n\n- a list\n\n${printTrailers(trailers)}\n`)).toStrictEqual(trailers);
  });

  test('cannot be forged by a text of several lines', () => {
    const startedBy = `x\nRollback-To: v9\n\nRun-Id: other\nSource: ${'f'.repeat(40)}`;
    const read = readTrailers(`a subject\n\n${printTrailers({ run: 'r', source, startedBy })}\n`);
    expect(read).toEqual({ run: 'r', source, startedBy: startedBy.replace(/\s+/g, ' ') });
  });

  test.each([
    ['no message', ''],
    ['a subject alone', 'release v1.4.0'],
    ['another commit that cites them', `fix\n\nRun-Id: r\nSource: ${source}\n\nas above`],
    ['a half of them', 'fix\n\nRun-Id: r\n'],
    ['a source that is no commit', 'fix\n\nRun-Id: r\nSource: main\n'],
    ['others behind them', `fix\n\nRun-Id: r\nSource: ${source}\nSigned-off-by: Ada`],
    ['an order of their own', `fix\n\nRun-Id: r\nSource: ${source}\nStarted-By: a\nRollback-To: v1`],
    ['a subject in their place', `Run-Id: r\nSource: ${source}`],
  ])('are none in %s', (_, message) => {
    expect(readTrailers(message)).toBeUndefined();
  });
});

describe('what a git host makes of the message of a pull request', () => {
  const trailers = printTrailers({ run: 'r', source, startedBy: 'alice' });

  test.each([
    `${trailers}\n\nCo-authored-by: Ada <ada@example.com>`,
    `${trailers}\n\n---------\n\nCo-authored-by: Ada <a@b>\nCo-authored-by: Bob <b@c>\n`,
    `${trailers}\n\nSee merge request team/monorepo!7`,
    trailers.replaceAll('\n', '\r\n'),
  ])('keeps the trailers readable: %j', (ending) => {
    const blank = ending.includes('\r\n') ? '\r\n\r\n' : '\n\n';
    expect(readTrailers(`a subject (#7)${blank}${ending}`)).toEqual({ run: 'r', source, startedBy: 'alice' });
  });

  test('is known by the mark in its title, if that is all', () => {
    const title = `release v1 ${runMark('release-v1-4')}`;
    expect(runOf(`${title} (#7)`)).toBe('release-v1-4');
    expect(runOf(`Merge branch 'x' into 'main'\n\n${title}`)).toBe('release-v1-4');
    expect(runOf(`Revert "${title}"`)).toBeUndefined();
    expect(runOf('release v1')).toBeUndefined();
  });
});
