/** The comment on a pull request: what merging would build, why, how long and at what cost. */
import type { Catalog } from '../catalog/model';
import type { Plan, PlannedService } from '../contract/plan';
import { longestWay } from '../estimate/estimate-builds';
import { buildCost, costText, machineMinutes } from '../estimate/price';
import { simulate } from '../estimate/simulate';
import { codeBlock, codeSpan } from '../text/markdown';

/** The first line of the comment, by which it is found again. Nobody sees it. */
export const PREVIEW_MARKER = '<!-- image-pipeline: plan of this pull request -->';

const SERVICES_SHOWN = 100;

const REASONS_SHOWN = 3;

/** Stages in a row of which the longest build is named. */
const WAY_SHOWN = 10;

/** What a comment is made of besides the plan. */
interface PreviewFacts {
  /** The catalog that was planned with. */
  readonly catalog: Catalog;
  /** Jobs of one stage at a time, where the stage does not say. */
  readonly stageConcurrency: number;
  /** The AWS region whose prices the cost takes. */
  readonly region: string;
}

/** Markdown of a plan. Whatever comes from the repository stands in code, where it neither notifies nor links anybody. */
export function previewComment(plan: Plan, { catalog, stageConcurrency, region }: PreviewFacts): string {
  const built = plan.services.filter(({ action }) => action === 'build');
  const minutes = built.reduce((sum, service) => sum + service.minutes, 0);
  const published = (plan.modules ?? []).filter(({ action }) => action === 'publish');
  const cost = buildCost(built.map(machineMinutes), region);
  const more = built.length - SERVICES_SHOWN;
  const lines = [
    PREVIEW_MARKER,
    `**Merging this into ${codeSpan(plan.ref)} would build ${count(built.length)}**, retag ${plan.totals.retag} and keep ${plan.totals.keep}.`,
    ...(plan.note === undefined ? [] : ['', codeSpan(plan.note)]),
    ...(published.length === 0
      ? []
      : ['', `It would publish ${published.map(({ name }) => codeSpan(name)).join(', ')}.`]),
    ...(built.length === 0
      ? []
      : [
          '',
          `About ${minutes} build minutes, ${costText(cost)}. The longest one takes ${Math.max(...built.map((service) => service.minutes))} minutes.`,
          ...cost.notes,
          timeText(previewTime(plan, catalog, stageConcurrency)),
          '',
          '| service | minutes | why |',
          '|---|---|---|',
          ...built.slice(0, SERVICES_SHOWN).map(row),
        ]),
    ...(more > 0 ? ['', `and ${more} more`] : []),
    '',
    footer(plan.commit),
  ];
  return `${lines.join('\n')}\n`;
}

/** Markdown for a commit that cannot be planned. `problem` is the error's message. */
export function previewProblem(commit: string, problem: string): string {
  const lines = [
    PREVIEW_MARKER,
    '**Merging this could not be built.**',
    '',
    codeBlock(problem.slice(0, 5000)),
    '',
    footer(commit),
  ];
  return `${lines.join('\n')}\n`;
}

function timeText({ minutes, way }: PreviewTime): string {
  const names = way.slice(0, WAY_SHOWN).map(codeSpan).join(', then ');
  return `From the first start to the last end it is about ${minutes} minutes, as stages wait for each other: ${names}.`;
}

function row({ name, minutes, reasons }: PlannedService): string {
  const shown = reasons.slice(0, REASONS_SHOWN).map(({ text }) => codeSpan(text));
  const more = reasons.length - shown.length;
  return `| ${codeSpan(name)} | ${minutes} | ${[...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')} |`;
}

function count(images: number): string {
  return images === 1 ? '1 image' : `${images} images`;
}

function footer(commit: string): string {
  return `Planned at ${codeSpan(commit.slice(0, 12))}; nothing was built.`;
}

// How long the builds of a plan take by the clock, as the stages wait for each other.

interface PreviewTime {
  /** From the first start to the last end, with a machine for each job that may run. */
  readonly minutes: number;
  /** The builds that wait for each other the longest, in order. */
  readonly way: readonly string[];
}

/** `stageConcurrency` is how many jobs of a stage run at a time, where the stage does not say. Throws if a service is not in the catalog. */
function previewTime(plan: Plan, { stages, services }: Catalog, stageConcurrency: number): PreviewTime {
  const priorities = new Map(services.map(({ name, priority }) => [name, priority]));
  const jobs = plan.services
    .filter(({ action }) => action === 'build')
    .map(({ name, stage, minutes }) => {
      const priority = priorities.get(name);
      if (priority === undefined) throw new Error(`service '${name}' of the plan is not in its catalog`);
      return { name, stage, minutes, priority };
    });
  const { minutes } = simulate({ jobs, stages, stageConcurrency, builders: Math.max(1, jobs.length) });
  return { minutes, way: longestWay(jobs, stages).names };
}
