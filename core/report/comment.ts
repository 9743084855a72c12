/** The comment on a pull request: the images that a merge would build, with reasons, duration and cost. */
import type { Stage } from '../catalog/model';
import type { Plan, PlannedService } from '../contract/plan';
import { rangeText, spanText } from '../estimate/accuracy';
import { criticalPath } from '../estimate/estimate-builds';
import { buildCost, costText, planMinutes } from '../estimate/price';
import { codeBlock, codeSpan } from '../text/escape';

/** The first line of the comment, which identifies it. Git hosts do not show it. */
export const PREVIEW_MARKER = '<!-- image-pipeline: plan of this pull request -->';

const SERVICES_SHOWN = 100;

const REASONS_SHOWN = 3;

/** Builds named of the critical path. */
const PATH_SHOWN = 10;

const LONGEST_PROBLEM = 5000;

interface PreviewContext {
  readonly stages: readonly Stage[];
  /** The AWS region whose prices the cost uses. */
  readonly region: string;
  /** The address of the page with the whole plan, if it has one. */
  readonly page?: string | undefined;
}

/** Returns the Markdown of a plan. All texts of the repository are code spans, so that they mention no one and link nowhere. */
export function previewComment(plan: Plan, context: PreviewContext): string {
  const { ref, totals, note, warnings = [], commit, modules = [] } = plan;
  const built = plan.services.filter(({ action }) => action === 'build');
  const published = modules.filter(({ action }) => action === 'publish').map(({ name }) => codeSpan(name));
  const images = built.length === 1 ? '1 image' : `${built.length} images`;
  const lines = [
    PREVIEW_MARKER,
    `**Merging this into ${codeSpan(ref)} would build ${images}**, retag ${totals.retag} and keep ${totals.keep}.`,
    ...(note === undefined ? [] : ['', codeSpan(note)]),
    ...warnings.flatMap((warning) => ['', `**Note:** ${codeSpan(warning)}`]),
    ...(published.length === 0 ? [] : ['', `It would publish ${published.join(', ')}.`]),
    ...(built.length === 0
      ? []
      : ['', ...estimateLines(plan, built, context), '', ...tableLines(built, plan.estimate)]),
    '',
    ...(context.page === undefined ? [] : [`[All services with their reasons](${context.page})`, '']),
    footer(commit),
  ];
  return `${lines.join('\n')}\n`;
}

/** Returns the Markdown for a commit that cannot be planned. `problem` is the error's message. */
export function previewProblem(commit: string, problem: string): string {
  const block = codeBlock(problem.slice(0, LONGEST_PROBLEM));
  return `${[PREVIEW_MARKER, '**Merging this could not be built.**', '', block, '', footer(commit)].join('\n')}\n`;
}

function estimateLines(
  plan: Plan,
  built: readonly PlannedService[],
  { stages, region }: PreviewContext,
): readonly string[] {
  const { estimate } = plan;
  const used = planMinutes(plan, new Set(built.map(({ name }) => name)));
  const minutes = used.reduce((sum, each) => sum + each.minutes, 0);
  const cost = buildCost(used, region);
  const names = criticalPath(built, stages).names.slice(0, PATH_SHOWN).map(codeSpan).join(', then ');
  return [
    `About ${minutes} build minutes, ${costText(cost)}.`,
    ...cost.notes,
    ...(estimate === undefined
      ? []
      : [`${spanText(estimate)} Stages wait for each other: ${names}.`, ...estimate.notes.map(codeSpan)]),
  ];
}

function tableLines(built: readonly PlannedService[], estimate: Plan['estimate']): readonly string[] {
  const more = built.length - SERVICES_SHOWN;
  const times = new Map(estimate?.jobs.map((job) => [job.name, rangeText(job)]));
  const rows = built.slice(0, SERVICES_SHOWN).map((service) => row(service, times.get(service.name)));
  return ['| service | time | why |', '|---|---|---|', ...rows, ...(more > 0 ? ['', `and ${more} more`] : [])];
}

function row({ name, minutes, reasons }: PlannedService, time = `${minutes} min`): string {
  const shown = reasons.slice(0, REASONS_SHOWN).map(({ text }) => codeSpan(text));
  const more = reasons.length - shown.length;
  return `| ${codeSpan(name)} | ${time} | ${[...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')} |`;
}

function footer(commit: string): string {
  return `Planned at ${codeSpan(commit.slice(0, 12))}; nothing was built.`;
}
