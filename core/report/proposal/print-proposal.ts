/** The pull request of a run: its title, and its body with what is released and why. */
import type { Plan } from '../../contract/plan';
import type { ReleaseRecord } from '../../contract/release';
import { clipLines, codeSpan, escapeCell, linkTo } from '../../text/escape';
import { runMark } from '../../version/commit-message';
import { approvalText } from '../approval';
import { runTitle } from '../run-text';
import { proposalMarker } from './identity';

/** GitHub takes 65,536 characters: https://docs.github.com/en/rest/pulls/pulls */
const LARGEST_BODY = 60_000;

/** Reasons shown per service. The plan has them all. */
const REASONS_SHOWN = 3;

/** What a pull request says. */
export interface ProposalFacts {
  readonly record: ReleaseRecord;
  readonly plan: Plan | undefined;
  /** The message of its commit. */
  readonly message: string;
  /** Leads to the source commit, if that is in another repository. */
  readonly link?: string | undefined;
  readonly superseded: readonly string[];
  readonly autoMerge: boolean;
}

/** Returns title and body. The body ends with the trailers of the commit, because a host may make it the message of a squashed one. */
export function printProposal(facts: ProposalFacts): { readonly title: string; readonly body: string } {
  const { record, message } = facts;
  const [subject = ''] = message.split('\n');
  const trailers = message.trim().split('\n\n').at(-1) ?? '';
  const told = clipLines(bodyLines(facts).join('\n'), LARGEST_BODY, 'The summary of the run has the rest.');
  const body = [proposalMarker(record.run), '', told.trimEnd(), '', trailers].join('\n');
  return { title: `${subject} ${runMark(record.run)}`, body };
}

function bodyLines({ record, plan, link, superseded, autoMerge }: ProposalFacts): readonly string[] {
  const { run, action, commit, environment, startedBy, platformVersion: version, rollbackOf, modules = [] } = record;
  const approved = approvalText(record.approval);
  const facts = {
    run: codeSpan(run),
    'source commit': link === undefined ? commit : linkTo(commit, link),
    'started by': startedBy && escapeCell(startedBy),
    approval: approved && escapeCell(approved),
    reason: rollbackOf?.reason && escapeCell(rollbackOf.reason),
    'left as they are': superseded.length === 0 ? undefined : superseded.map(escapeCell).join(', '),
  };
  const merging = autoMerge ? 'The git host merges it as soon as its rules allow.' : 'A person merges it.';
  return [
    `**${escapeCell(runTitle({ action, version, environment }))}**`,
    '',
    ...Object.entries(facts).flatMap(([name, text]) => (text === undefined ? [] : [`- ${name}: ${text}`])),
    '',
    `All images have their versions and can be pulled. ${merging} The run waits for that, and goes on afterwards. A newer release closes this pull request and replaces it. Commits of other people on its branch stop both.`,
    '',
    ...serviceLines(record, plan, superseded),
    ...(modules.length === 0 ? [] : ['', '| module | version |', '|---|---|']),
    ...modules.map(({ name, version: given }) => `| ${escapeCell(name)} | ${escapeCell(given)} |`),
  ];
}

function serviceLines(
  { services }: ReleaseRecord,
  plan: Plan | undefined,
  superseded: readonly string[],
): readonly string[] {
  const planned = new Map(plan?.services.map((service) => [service.name, service]));
  const rows = services
    .filter(({ name }) => !superseded.includes(name))
    .map(({ name, version, digest }) => {
      const { action = '', previousVersion = '', reasons = [] } = planned.get(name) ?? {};
      const why = reasons.slice(0, REASONS_SHOWN).map(({ text }) => text);
      const cells = [name, previousVersion, version, digest.slice(0, 19), action, why.join('; ')];
      return `| ${cells.map(escapeCell).join(' | ')} |`;
    });
  return ['| service | before | after | digest | image | why |', '|---|---|---|---|---|---|', ...rows];
}
