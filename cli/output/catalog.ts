/** The results of `catalog init` and `catalog check`, as text. */
import { countText } from '../../core/board/words';
import type { Drift } from '../../core/catalog-init/drift';
import type { InitialCatalog } from '../../core/catalog-init/init-catalog';
import { printable } from '../../core/text/escape';
import type { CatalogCheck } from '../../local/planning/check';

const IMPURITIES_SHOWN = 3;

/** Returns one line with the counts. */
export function initSummary({ services, modules, leftOut, guesses }: InitialCatalog, file: string | undefined): string {
  const remarks = services.filter(({ remark }) => remark !== undefined).length;
  return [
    `${countText(services.length, 'service')} and ${countText(modules.length, 'shared module')}`,
    ...(remarks === 0 ? [] : [`${remarks} with a remark`]),
    ...(leftOut.length === 0 ? [] : [`${countText(leftOut.length, 'Dockerfile')} not taken`]),
    ...(file === undefined ? [] : [`written to ${printable(file)}`]),
  ]
    .join(', ')
    .concat(...guesses.map((guess) => `\n${printable(guess)}`));
}

const TITLES: Readonly<Record<Drift['kind'], string>> = {
  'undeclared-module': 'in the Dockerfile, not declared',
  'unread-module': 'declared, not read',
  'no-module': 'modules that are not there',
  'no-service': 'Dockerfiles without a service',
  'no-dockerfile': 'services without a Dockerfile',
  'no-tag': 'tags that are not in the values file',
  'broken-service': 'services that cannot be built',
};

/** Drift by kind, then impurities and doubts by service. */
export function checkText({
  commit,
  catalog,
  totals,
  drift,
  impurities,
  unset,
  unused,
  tools,
  committed,
  doubts,
}: CatalogCheck): string {
  const kinds = Object.entries(TITLES).flatMap(([kind, title]) => {
    const found = drift.filter((each) => each.kind === kind);
    return section(`${title} (${found.length})`, driftLines(found));
  });
  const impure = [...new Set(impurities.map(({ service }) => service))].flatMap((service) => {
    const found = impurities.filter((each) => each.service === service);
    const lines = found
      .slice(0, IMPURITIES_SHOWN)
      .map(({ dockerfile, line, text }) => `    ${dockerfile}:${line}: ${text}`);
    const more = found.length - lines.length;
    return [`  ${service}`, ...lines, ...(more > 0 ? [`    and ${more} more; --json lists them`] : [])];
  });
  const lines = [
    `${catalog} at ${commit.slice(0, 8)}: ${totals.services} services, ${totals.modules} modules`,
    '',
    ...kinds,
    ...section('taken in though git does not hold it (no drift)', impure),
    ...section(
      'build arguments without a value; set them with buildArgs (no drift)',
      unset.map(({ service, dockerfile, line, argument }) => `  ${service}: ${dockerfile}:${line}: ARG ${argument}`),
    ),
    ...section(
      'files in images that each commit of the pipeline changes; exclude them in .dockerignore (no drift)',
      committed.map(({ service, paths }) => `  ${service}: ${paths.join(', ')}`),
    ),
    ...section(
      'keys of services that their Dockerfiles do not use (no drift)',
      unused.map(({ service, dockerfile, key, text }) => `  ${service}: ${dockerfile}: ${key} ${text}`),
    ),
    ...section(
      'Dockerfiles that no service and no build file names (no drift)',
      tools.map((path) => `  ${path}`),
    ),
    ...section(
      'read wider than needed, because it cannot be known exactly (no drift)',
      doubts.map(({ service, path = '', text }) => `  ${service}: ${path}: ${text}`),
    ),
    drift.length === 0 ? 'no drift' : `${drift.length} ${drift.length === 1 ? 'drift' : 'drifts'}`,
  ];
  return lines.map(printable).join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines, ''];
}

/** Modules of one service on one line, everything else on a line of its own. */
function driftLines(found: readonly Drift[]): readonly string[] {
  const lines = new Map<string, string>();
  for (const { service, module, path, text } of found) {
    const key = service !== undefined && module !== undefined ? service : `${service ?? ''} ${path} ${text}`;
    const before = lines.get(key);
    if (before !== undefined) lines.set(key, `${before}, ${module}`);
    else if (service !== undefined) lines.set(key, `  ${service}: ${module ?? `${path}: ${text}`}`);
    else lines.set(key, `  ${path}: ${text}`);
  }
  return [...lines.values()];
}
