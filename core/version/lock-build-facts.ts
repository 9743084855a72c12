/** How a version lock writes what is known of an image's build: two optional fields of a service's line. */
import { isMap, isScalar } from 'yaml';
import type { BaseDigests, BuildFacts } from '../build-facts';
import { isDigest } from '../image/grammar';

export const BUILD_FACT_NAMES = ['built', 'bases'] as const;

/** The facts that the fields hold, or everything that is wrong with them. */
export function readBuildFacts(
  fields: ReadonlyMap<string, unknown>,
): { readonly facts: BuildFacts } | { readonly problems: readonly string[] } {
  const built = fields.has('built') ? textOf(fields.get('built')) : undefined;
  const bases = fields.has('bases') ? readBases(fields.get('bases')) : undefined;
  const problems = [
    ...(built === undefined || isDay(built)
      ? []
      : [`built is '${built.slice(0, 80)}'; it must be a day as 2026-11-23`]),
    ...(fields.has('bases') && bases === undefined
      ? ['bases must have a digest for each image: sha256: and 64 hex digits']
      : []),
  ];
  if (problems.length > 0) return { problems };
  return { facts: { ...(built === undefined ? {} : { built }), ...(bases === undefined ? {} : { bases }) } };
}

/** The fields as text, sorted; nothing where nothing is known. */
export function printBuildFacts({ built, bases = {} }: BuildFacts): readonly string[] {
  const names = Object.keys(bases).sort();
  const list = names.map((name) => `${JSON.stringify(name)}: ${JSON.stringify(bases[name])}`);
  return [
    ...(built === undefined ? [] : [`built: ${JSON.stringify(built)}`]),
    ...(list.length === 0 ? [] : [`bases: { ${list.join(', ')} }`]),
  ];
}

function readBases(value: unknown): BaseDigests | undefined {
  if (!isMap(value)) return undefined;
  const entries = value.items.map((pair) => [textOf(pair.key), textOf(pair.value)] as const);
  const areRight = entries.every(([name, digest]) => name !== '' && isDigest(digest));
  return areRight && entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function textOf(node: unknown): string {
  return isScalar(node) ? String(node.source ?? node.value) : '';
}

function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
