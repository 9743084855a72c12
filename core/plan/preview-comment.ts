/** The comment on a pull request: what merging would build, why, how long and at what cost. */
import type { Plan, PlannedService } from '../contract';
import { buildCost, costText, machineMinutes } from '../estimate/price';

/** The first line of the comment, by which it is found again. Nobody sees it. */
export const PREVIEW_MARKER = '<!-- image-pipeline: plan of this pull request -->';

const SERVICES_SHOWN = 100;
const REASONS_SHOWN = 3;

/** Markdown of a plan, at the prices of an AWS region. Whatever comes from the repository stands in code, where it neither notifies nor links anybody. */
export function previewComment(plan: Plan, region: string): string {
  const built = plan.services.filter(({ action }) => action === 'build');
  const minutes = built.reduce((sum, service) => sum + service.minutes, 0);
  const cost = buildCost(built.map(machineMinutes), region);
  const more = built.length - SERVICES_SHOWN;
  const lines = [
    PREVIEW_MARKER,
    `**Merging this into ${code(plan.ref)} would build ${count(built.length)}**, retag ${plan.totals.retag} and keep ${plan.totals.keep}.`,
    ...(plan.note === undefined ? [] : ['', code(plan.note)]),
    ...(built.length === 0
      ? []
      : [
          '',
          `About ${minutes} build minutes, ${costText(cost)}. The longest one takes ${Math.max(...built.map((service) => service.minutes))} minutes.`,
          ...cost.notes,
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
  const text = problem
    .slice(0, 5000)
    .split('\n')
    .map((line) => `    ${line}`);
  const lines = [PREVIEW_MARKER, '**Merging this could not be built.**', '', ...text, '', footer(commit)];
  return `${lines.join('\n')}\n`;
}

function row({ name, minutes, reasons }: PlannedService): string {
  const shown = reasons.slice(0, REASONS_SHOWN).map(({ text }) => code(text));
  const more = reasons.length - shown.length;
  return `| ${code(name)} | ${minutes} | ${[...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')} |`;
}

function count(images: number): string {
  return images === 1 ? '1 image' : `${images} images`;
}

function footer(commit: string): string {
  return `Planned at ${code(commit.slice(0, 12))}; nothing was built.`;
}

/** A code span that ends nowhere else. */
function code(text: string): string {
  const plain = text
    .replace(/[`|\\]/g, "'")
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 200);
  return `\`${plain || '?'}\``;
}
