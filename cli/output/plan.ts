/** A plan and the explanation of one decision, as text. */

import type { ComparedModule, ComparedPlan, ComparedService } from '../../core/compare/compare';
import type { Explanation } from '../../core/compare/explain';
import { formatProblems } from '../../core/contract/errors';
import type { Reason } from '../../core/contract/plan';
import { rangeText } from '../../core/estimate/accuracy';
import { costText } from '../../core/estimate/price';
import { printable, someOf } from '../../core/text/escape';
import { excerpt } from '../../core/text/shape-error';
import { table } from './print';

const REASONS_SHOWN = 3;

const NAMES_SHOWN = 20;

/** Returns what to say beside a comparison: notes, and the services that could not be planned. */
export function comparisonRemarks({ problems }: ComparedPlan, notes: readonly string[]): readonly string[] {
  const failed = problems.length === 0 ? [] : [`services that cannot be planned:\n${formatProblems(problems)}`];
  return [...notes, ...failed];
}

/** Returns the services to build with their first reasons, those to keep, and the estimate. */
export function planText(report: ComparedPlan): string {
  const { totals, estimate, removed, problems } = report;
  const built = report.services.filter(({ action }) => action === 'build');
  const kept = report.services.filter(({ action }) => action === 'keep').map(({ name }) => name);
  const rows = built.map((service) => [
    service.name,
    service.inputDigest.slice(0, 12),
    service.reasons.slice(0, 1).map(reasonText).join(''),
  ]);
  const lines = [
    `${report.commit.slice(0, 8)}${report.base === null ? '' : ` compared with ${report.base.slice(0, 8)}`}`,
    '',
    ...(built.length === 0 ? [] : [...table(['build', 'inputs', 'why'], rows).split('\n'), '']),
    ...moreReasons(built),
    `keep: ${kept.length === 0 ? 'none' : someOf(kept, NAMES_SHOWN, ' ')}`,
    ...(removed.length === 0 ? [] : [`gone: ${someOf(removed, NAMES_SHOWN, ' ')}`]),
    ...modulesLine(report.modules ?? []),
    '',
    `${totals.build} to build, ${totals.keep} to keep${problems.length === 0 ? '' : ', some could not be planned'}`,
    ...estimateLines(estimate),
    ...impurityLine(report.services),
    ...unusedLines(report.services),
  ];
  return lines.map(printable).join('\n');
}

function modulesLine(modules: readonly ComparedModule[]): readonly string[] {
  const changed = modules.filter(({ action }) => action === 'publish').map(({ name }) => name);
  return changed.length === 0 ? [] : [`publish: ${someOf(changed, NAMES_SHOWN, ' ')}`];
}

function estimateLines(estimate: ComparedPlan['estimate']): readonly string[] {
  const { minutes, criticalPath, notes, range } = estimate;
  const way = criticalPath.length === 0 ? '' : `, by ${criticalPath.join(' then ')}`;
  return [
    `${minutes} build minutes, about ${costText(estimate)}`,
    ...(range === undefined ? [] : [`${rangeText(range)} in 8 of 10 runs if no build waits${way}`, ...range.notes]),
    ...notes,
  ];
}

function reasonText({ path, text }: Reason): string {
  return path === undefined ? text : `${path}: ${text}`;
}

function moreReasons(built: readonly ComparedService[]): readonly string[] {
  const more = built.filter(({ reasons }) => reasons.length > 1);
  if (more.length === 0) return [];
  const lines = more.flatMap(({ name, reasons }) => {
    const shown = reasons.slice(1, REASONS_SHOWN + 1).map((reason) => `    ${reasonText(reason)}`);
    const rest = reasons.length - 1 - shown.length;
    return [`  ${name}`, ...shown, ...(rest > 0 ? [`    and ${rest} more reasons; see explain ${name}`] : [])];
  });
  return ['more reasons', ...lines, ''];
}

function impurityLine(services: readonly ComparedService[]): readonly string[] {
  const impure = services.filter(({ impurities }) => impurities.length > 0);
  if (impure.length === 0) return [];
  const count = impure.reduce((sum, { impurities }) => sum + impurities.length, 0);
  return [`${impure.length} images take in ${count} things that git does not hold; catalog check lists them`];
}

const KEYS_SHOWN = 3;

function unusedLines(services: readonly ComparedService[]): readonly string[] {
  const keys = services.flatMap(({ name, unused }) => unused.map(({ key, text }) => `${name}: ${key} ${text}`));
  const more = keys.length - KEYS_SHOWN;
  return [
    ...keys.slice(0, KEYS_SHOWN),
    ...(more > 0 ? [`and ${more} more keys without effect; catalog check lists them`] : []),
  ];
}

const FILES_SHOWN = 5;

/** Returns decision and reasons, then everything that the build reads. */
export function explanationText(explanation: Explanation): string {
  const { service, action, commit, base, reasons, doubts, rules, recipe, images, bases, impurities } = explanation;
  const against = base === null ? 'the version lock' : base.slice(0, 8);
  const count = rules.reduce((sum, { files }) => sum + files.length, 0);
  const place = explanation.dockerfile === '' ? 'by a command' : `context ${explanation.context || '.'}`;
  return [
    `${service}: ${action}, ${commit.slice(0, 8)} compared with ${against}`,
    ...section('why', [...reasons, ...doubts].map(reasonText)),
    ...section(`reads ${count} files, ${place}`, rules.flatMap(ruleLines)),
    ...section(
      'recipe',
      recipe.map(({ name, value }) => `${name} ${excerpt(value, 200)}`),
    ),
    ...section('made from images of this catalog', images),
    ...section('made from images of others', bases),
    ...section(
      'takes in what git does not hold',
      impurities.map(({ line, text }) => `${explanation.dockerfile}:${line}: ${text}`),
    ),
    '',
    `input digest ${explanation.inputDigest}, before ${explanation.baseInputDigest ?? 'none'}`,
  ]
    .map(printable)
    .join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function ruleLines({ rule, files }: Explanation['rules'][number]): readonly string[] {
  const more = files.length - FILES_SHOWN;
  return [
    `${rule}: ${files.length} ${files.length === 1 ? 'file' : 'files'}`,
    ...files.slice(0, FILES_SHOWN).map(({ path }) => `  ${path}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
