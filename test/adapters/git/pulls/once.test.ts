/** What pull requests of all hosts have in common: opened and closed once, and texts that fit. */

import { closeOnce, openOnce, otherHead, refusedWith } from '../../../../adapters/git/pulls/once';
import { fitText, fitTitle, markedBody, plainBody } from '../../../../adapters/git/pulls/texts';
import { HttpError } from '../../../../adapters/http/http-error';
import type { PullRequest } from '../../../../core/ports/pull-request';

const PROPOSAL = { base: 'main', branch: 'image-pipeline/run-1', title: 'one', body: '' };
const pull = (number: number): PullRequest => ({
  number,
  url: `https://git.example/pulls/${number}`,
  base: PROPOSAL.base,
  branch: PROPOSAL.branch,
  head: 'a'.repeat(40),
  body: '',
  state: 'open',
  isOutdated: false,
});
/** Answers in turn, and remembers how often it was asked. */
function answering<Answer>(...answers: readonly Answer[]) {
  let asked = 0;
  const answer = async () => answers[Math.min(asked++, answers.length - 1)] as Answer;
  return { answer, asked: () => asked };
}
const refused = (status: number) =>
  new HttpError('GitHostError', { method: 'POST', url: 'https://git.example/pulls', status, message: 'no' });

describe('a pull request is opened', () => {
  test('only if the branch has none', async () => {
    const make = answering(pull(2));

    expect(await openOnce(PROPOSAL, async () => pull(1), make.answer)).toEqual(pull(1));
    expect(make.asked()).toBe(0);
    expect(await openOnce(PROPOSAL, async () => undefined, make.answer)).toEqual(pull(2));
  });

  test('or found after a refusal, because an earlier request can have made it', async () => {
    const find = answering(undefined, pull(1));

    expect(await openOnce(PROPOSAL, find.answer, async () => 'it exists')).toEqual(pull(1));
  });

  test('or not, with the reason of the host', async () => {
    await expect(
      openOnce(
        PROPOSAL,
        async () => undefined,
        async () => 'the branches are equal',
      ),
    ).rejects.toMatchObject({
      name: 'GitHostError',
      message: 'a pull request from image-pipeline/run-1 into main cannot be made: the branches are equal',
    });
  });
});

describe('a pull request is closed', () => {
  test.each([
    ['by the call that finds it open', [true], undefined, 1, true],
    ['by nobody if it is not open', [false], undefined, 0, false],
    ['by somebody else, who was faster', [true, false], refused(409), 1, false],
  ])('%s', async (_, open, failure, declined, expected) => {
    const isOpen = answering(...open);
    let calls = 0;
    const decline = async () => {
      calls += 1;
      if (failure !== undefined) throw failure;
    };

    expect(await closeOnce(isOpen.answer, decline)).toBe(expected);
    expect(calls).toBe(declined);
  });

  test('or the refusal is an error while it stays open', async () => {
    const failure = refused(403);
    await expect(
      closeOnce(
        async () => true,
        () => Promise.reject(failure),
      ),
    ).rejects.toBe(failure);
  });
});

test('a refusal is a reason with the expected statuses only', () => {
  expect(refusedWith(403, 409)(refused(409))).toBe('POST https://git.example/pulls: 409: no');
  expect(() => refusedWith(403, 409)(refused(500))).toThrow(/500/);
  expect(() => refusedWith(403)(new TypeError('a programming error'))).toThrow(TypeError);
});

test('another head is told by its first eight characters', () => {
  const [head, other] = ['0123456789', 'abcdefabcd'];

  expect(otherHead(head, head)).toBeUndefined();
  expect(otherHead(head, other)).toBe('its head is 01234567, not abcdefab');
  expect(otherHead('', other)).toBe('its head is unknown, not abcdefab');
});

describe('a text for a pull request', () => {
  const MARKER = '<!-- image-pipeline: run run-1 -->';
  const BODY = `${MARKER}\n\nfirst\n\nsecond\n\nRun-Id: run-1\n`;

  test('has its marker as a link definition, and gets it back as it was', () => {
    const plain = plainBody(BODY, 1000);

    expect(plain).toBe('[//]: # (image-pipeline: run run-1)\n\n\nfirst\n\nsecond\n\nRun-Id: run-1');
    expect(markedBody(plain)).toBe(plain.replace(/^.*/, MARKER));
    expect(markedBody('mine now\n[//]: # (x)')).toBe('mine now\n[//]: # (x)');
  });

  test('that is too long keeps its first line and its last paragraph, and is no longer than allowed', () => {
    const long = `${MARKER}\n\nintro\n\n${'a row of the table\n'.repeat(20)}\nRun-Id: run-1\nSource: x`;

    for (let bytes = 150; bytes < Buffer.byteLength(long); bytes += 1) {
      const text = fitText(long, bytes, 'More elsewhere.');
      expect(text).toMatch(/^<!-- .* -->\n\nintro\n\n(a row[^\n]*\n)+\nMore elsewhere\.\n\nRun-Id: run-1\nSource: x$/);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bytes);
      expect(Buffer.byteLength(text)).toBeGreaterThan(bytes - 45);
    }
    expect(fitText(`${long}\n`, Buffer.byteLength(long), 'More elsewhere.')).toBe(long);
  });

  test('as a title keeps the run at its end', () => {
    const title = `dev: ${'x'.repeat(100)} [run run-1]`;

    expect(fitTitle(title, title.length)).toBe(title);
    expect(fitTitle(title, 40)).toBe(
      'dev: xxxxxxxxxxxxxxxxxxxx... [run run-1]'.replace(/x+/, (all) => all.padEnd(20, 'x')),
    );
    expect(fitTitle(title, 40)).toHaveLength(40);
    expect(fitTitle(`a [b] ${'z'.repeat(100)} [run 1]`, 20)).toBe('a [b] zzz... [run 1]');
    expect(fitTitle('y'.repeat(100), 20)).toBe(`${'y'.repeat(17)}...`);
    expect(fitTitle(`[a] ${'y'.repeat(100)}`, 20)).toBe(`[a] ${'y'.repeat(13)}...`);
  });
});
