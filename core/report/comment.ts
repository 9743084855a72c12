/** The comment on a pull request: the images that a merge would build, with reasons, duration and cost. */
import type { Catalog } from '../catalog/model';
import type { Plan, PlannedService } from '../contract/plan';
import { criticalPath } from '../estimate/estimate-builds';
import { buildCost, costText, machineMinutes } from '../estimate/price';
import { simulate } from '../estimate/simulate';
import { codeBlock, codeSpan } from '../text/escape';

/** The first line of the comment, which identifies it. Git hosts do not show it. */
export const PREVIEW_MARKER = '<!-- image-pipeline: plan of this pull request -->';

const SERVICES_SHOWN = 100;

const REASONS_SHOWN = 3;

/** Builds named of the critical path. */
const PATH_SHOWN = 10;

const LONGEST_PROBLEM = 5000;

interface PreviewContext {
  /** The catalog of the plan. */
  readonly catalog: Catalog;
  /** Jobs of one stage at a time, unless the stage has a limit of its own. */
  readonly stageConcurrency: number;
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
    ...(built.length === 0 ? [] : ['', ...estimateLines(plan, built, context), '', ...tableLines(built)]),
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

function estimateLines(plan: Plan, built: readonly PlannedService[], context: PreviewContext): readonly string[] {
  const minutes = built.reduce((sum, service) => sum + service.minutes, 0);
  const longest = Math.max(...built.map((service) => service.minutes));
  const cost = buildCost(built.map(machineMinutes), context.region);
  const { duration, path } = previewTime(plan, built, context);
  const names = path.slice(0, PATH_SHOWN).map(codeSpan).join(', then ');
  return [
    `About ${minutes} build minutes, ${costText(cost)}. The longest one takes ${longest} minutes.`,
    ...cost.notes,
    `From the first start to the last end it is about ${duration} minutes, as stages wait for each other: ${names}.`,
  ];
}

/** Returns the minutes from first start to last end with enough machines, and the builds on the critical path. */
function previewTime(
  { run }: Plan,
  built: readonly PlannedService[],
  { catalog: { stages, services }, stageConcurrency }: PreviewContext,
): { readonly duration: number; readonly path: readonly string[] } {
  const priorities = new Map(services.map(({ name, priority }) => [name, priority]));
  const jobs = built.map(({ name, stage, minutes }) => {
    const priority = priorities.get(name);
    if (priority === undefined) throw new Error(`service '${name}' of the plan ${run} is not in its catalog`);
    return { name, stage, minutes, priority };
  });
  const { minutes } = simulate({ jobs, stages, stageConcurrency, builders: jobs.length });
  return { duration: minutes, path: criticalPath(jobs, stages).names };
}

function tableLines(built: readonly PlannedService[]): readonly string[] {
  const more = built.length - SERVICES_SHOWN;
  const rows = built.slice(0, SERVICES_SHOWN).map(row);
  return ['| service | minutes | why |', '|---|---|---|', ...rows, ...(more > 0 ? ['', `and ${more} more`] : [])];
}

function row({ name, minutes, reasons }: PlannedService): string {
  const shown = reasons.slice(0, REASONS_SHOWN).map(({ text }) => codeSpan(text));
  const more = reasons.length - shown.length;
  return `| ${codeSpan(name)} | ${minutes} | ${[...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')} |`;
}

function footer(commit: string): string {
  return `Planned at ${codeSpan(commit.slice(0, 12))}; nothing was built.`;
}
