/** The explanation of one decision, as text. */
import type { Explanation } from '../core/plan/compare-explain';
import { reasonText } from './print-plan';

const FILES_SHOWN = 5;

/** Decision and reasons first, then all that the build reads. */
export function explanationText(explanation: Explanation): string {
  const { service, action, commit, base, reasons, doubts, rules, recipe, images, bases, impurities } = explanation;
  const against = base === null ? 'the version lock' : base.slice(0, 8);
  const count = rules.reduce((sum, { files }) => sum + files.length, 0);
  return [
    `${service}: ${action}, ${commit.slice(0, 8)} compared with ${against}`,
    ...section('why', [...reasons, ...doubts].map(reasonText)),
    ...section(`reads ${count} files, context ${explanation.context || '.'}`, rules.flatMap(ruleLines)),
    ...section(
      'recipe',
      recipe.map(({ name, value }) => `${name} ${value}`),
    ),
    ...section('made from images of ours', images),
    ...section('made from images of others', bases),
    ...section(
      'takes in what git does not hold',
      impurities.map(({ line, text }) => `${explanation.dockerfile}:${line}: ${text}`),
    ),
    '',
    `input digest ${explanation.inputDigest}, before ${explanation.baseInputDigest ?? 'none'}`,
  ].join('\n');
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
