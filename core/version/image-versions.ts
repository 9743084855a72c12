/** IMAGE_VERSIONS.md: the version lock for people, in the same commit. */
import { beside, editionOf, type LockEntry, type VersionLock } from './version-lock';

/** What the table is made of. */
export interface ImageVersions {
  readonly lock: VersionLock;
  /** Service name to full image name (`host/namespace/image`), for every service of the catalog. */
  readonly catalogImages: ReadonlyMap<string, string>;
}

const HEADER = [
  '# Image versions',
  '',
  'Written with every release, from the version lock beside this file; not to be edited by hand.',
  '',
  '| Service | Image | Version | Source | Digest |',
  '|---|---|---|---|---|',
];

/** The table's path: in the folder of the values file, and told apart as the version lock is. */
export function imageVersionsPath(valuesFile: string): string {
  return beside(valuesFile, `IMAGE_VERSIONS${editionOf(valuesFile)}.md`);
}

/** The table as Markdown, sorted by service: those of the catalog, and those that left it but are still locked. */
export function printImageVersions({ lock, catalogImages }: ImageVersions): string {
  const names = [...new Set([...lock.keys(), ...catalogImages.keys()])].sort();
  const rows = names.map((name) => printRow(name, catalogImages.get(name), lock.get(name)));
  return `${[...HEADER, ...rows].join('\n')}\n`;
}

function printRow(name: string, image: string | undefined, entry: LockEntry | undefined): string {
  const cells = [name, image ?? 'not in the catalog', ...versionCells(entry)];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function versionCells(entry: LockEntry | undefined): readonly string[] {
  if (entry === undefined) return ['not released', '', ''];
  return [entry.version, `\`${entry.source.slice(0, 12)}\``, `\`${entry.digest}\``];
}
