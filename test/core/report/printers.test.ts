/** No text from outside gets out of the place where a printer puts it: in summary, comment, status and chats. */
import { previewComment, previewProblem } from '../../../core/report/comment';
import { noticeMessage, slackMessage, teamsMessage } from '../../../core/report/notice';
import { finalStatus } from '../../../core/report/status';
import { printSummary } from '../../../core/report/summary';
import { COMMIT, plannedService, planOf, reportOf } from '../../support/pipeline/runs';
import { HOSTILE_TEXTS } from '../../support/text/hostile-texts';

/** Everything of a run that comes from outside is the text. */
function reportWith(text: string) {
  return reportOf({
    status: 'FAILED',
    run: text,
    ref: text,
    version: text,
    result: text,
    superseded: [text],
    notKept: [text],
    statusProblem: text,
    failed: [{ service: text, status: 'FAILED', cause: text, logs: `https://logs/${text}` }],
    packages: [{ module: text, package: text, version: text, isNew: true }],
    services: [{ name: text, stage: text, action: 'build', end: 'built' }],
  });
}

function planWith(text: string) {
  const reasons = [{ kind: 'input-changed', path: text, text }] as const;
  return planOf([plannedService(text, 'build', { reasons })], { ref: text });
}

function commentWith(text: string): string {
  const plan = planWith(text);
  const stages = [{ name: 'apps', title: 'apps', needs: [] }];
  return previewComment(plan, { stages, region: 'us-east-1' });
}

const summaryWith = (text: string) => printSummary(reportWith(text), planWith(text), 'https://run');
const noticeWith = (text: string) =>
  noticeMessage({ kind: 'run', run: text, status: 'FAILED', link: 'https://run' }, reportWith(text));
const errorWith = (text: string) => {
  const { failed: _, ...report } = reportWith('x');
  return printSummary({ ...report, failed: [], error: { name: 'Error', message: text } }, undefined);
};

/** Characters that a terminal, a browser or a git host would obey instead of showing. */
const OBEYED = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const linesOf = (text: string) => text.replace(/\n$/, '').split('\n');
const withoutLineEnds = (text: string) => text.replaceAll('\n', '');

/** Returns the Markdown without code spans, code blocks and escaped signs, in which nothing is markup. */
function outsideCode(markdown: string): string {
  return markdown
    .replace(/^(`{3,})\n[\s\S]*?\n\1$/gm, 'CODE')
    .replace(/\\./g, '')
    .replace(/`[^`\n]*`/g, 'CODE');
}

/** Returns the shape of Markdown: what each line starts with, and its cells. */
function shapeOf(markdown: string): string[] {
  return linesOf(outsideCode(markdown)).map((line) => {
    const [start = ''] = /^(#+ |- |\||\*\*|<!-- )?/.exec(line) ?? [];
    return `${start}${line.split('|').length}`;
  });
}

describe.each(Object.entries(HOSTILE_TEXTS))('a text with %s', (_, text) => {
  test.each([
    ['summary', summaryWith],
    ['comment', commentWith],
  ])('is only text in the lines and cells of the %s', (_printer, print) => {
    const markdown = print(text);
    const outside = outsideCode(markdown).replaceAll('<https://run>', '');

    expect(shapeOf(markdown)).toEqual(shapeOf(print('x')));
    expect(withoutLineEnds(markdown)).not.toMatch(OBEYED);
    expect(outside).not.toMatch(/@\w/);
    expect(outside.replace(/^<!-- .* -->$/m, '').replaceAll(/\(<https:\/\/logs\/[^\s<>]*>\)/g, '')).not.toMatch(/[<`]/);
  });

  test.each([
    ['error of the summary', errorWith],
    ['problem of the comment', (message: string) => previewProblem(COMMIT, message)],
  ])('stays within the block of the %s', (_printer, print) => {
    expect(outsideCode(print(text))).toBe(outsideCode(print('x')));
    expect(withoutLineEnds(print(text))).not.toMatch(OBEYED);
  });

  test('is one line of the status', () => {
    const { description = '' } = finalStatus(reportWith(text), undefined, '') ?? {};

    expect(description.length).toBeLessThanOrEqual(140);
    expect(description).not.toMatch(OBEYED);
  });

  test('mentions and links nobody in Slack, and is no markup in Teams', () => {
    const slack = JSON.stringify(slackMessage(noticeWith(text)));
    const { attachments } = teamsMessage(noticeWith(text)) as {
      attachments: { content: { body: { text: string }[] } }[];
    };
    const blocks = attachments.flatMap(({ content }) => content.body.map((block) => block.text));

    expect(slack.replaceAll(/<https:\/\/[^|<>]*\|[^<>]*>/g, '')).not.toMatch(/[<>]/);
    expect(slack).not.toMatch(OBEYED);
    expect(slack).toContain('"verbatim":true');
    for (const block of blocks) {
      expect(block.replaceAll(/\\./g, '')).not.toMatch(/[\\`*_[\]()#~|<>]/);
      expect(block).not.toMatch(OBEYED);
    }
  });
});
