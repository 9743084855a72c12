/** Finds the files of a repository that may name the tags of its images: charts, kustomizations, manifests, compose files. */
import { findEntry, type TreeIndex } from '../input-digest/tree-index';
import type { TreeEntry } from '../ports/git';
import { isInForeignFolder } from './detect';

/** Manifests that are read. A repository with more has them for something else. */
const MAX_MANIFESTS = 500;

const KUSTOMIZATION = /(^|\/)(kustomization\.ya?ml|Kustomization)$/;

/** https://docs.docker.com/compose/intro/compose-application-model/#the-compose-file */
const COMPOSE_FILE = /(^|\/)(docker-)?compose[^/]*\.ya?ml$/;

/** Compose files that deploy nothing. */
const FOR_DEVELOPERS = /compose[^/]*(dev|test|override|local|ci)[^/]*$/i;

/** Plain manifests have no mark but their folder. */
const MANIFEST = /(^|\/)(k8s|kubernetes|manifests?|deploy|deployments?)\/([^/]+\/)*[^/]+\.ya?ml$/i;

/** Returns the files by kind. The first kind that names a service is the one that deploys them. */
export function tagFiles(tree: TreeIndex): readonly (readonly TreeEntry[])[] {
  const files = tree.entries.filter(
    ({ mode, path }) => mode.startsWith('100') && /ya?ml$|Kustomization$/.test(path) && !isInForeignFolder(path),
  );
  const charts = files.filter(({ path }) => /(^|\/)Chart\.yaml$/.test(path)).map(({ path }) => folderOf(path));
  const isInChart = ({ path }: TreeEntry) => charts.some((folder) => path.startsWith(folder));
  const other = files.filter((entry) => !isInChart(entry));
  const kustomizations = other.filter(({ path }) => KUSTOMIZATION.test(path));
  const composeFiles = other.filter(({ path }) => COMPOSE_FILE.test(path) && !FOR_DEVELOPERS.test(path));
  const manifests = other.filter(
    ({ path }) => MANIFEST.test(path) && !KUSTOMIZATION.test(path) && !COMPOSE_FILE.test(path),
  );
  return [valuesFiles(tree), kustomizations, manifests.slice(0, MAX_MANIFESTS), composeFiles];
}

/** Returns the values files of charts: those beside a `Chart.yaml`, and of subcharts only if no other chart has one. */
export function valuesFiles(tree: TreeIndex): readonly TreeEntry[] {
  const isValues = ({ path, mode }: TreeEntry) =>
    mode.startsWith('100') && /(^|\/)values\.ya?ml$/.test(path) && !isInForeignFolder(path);
  const found = tree.entries.filter((entry) => isValues(entry) && isChart(tree, folderOf(entry.path)));
  const own = found.filter(({ path }) => !isSubchart(tree, folderOf(path)));
  return own.length === 0 ? found : own;
}

/** Returns the folder of a file, with a `/` at its end unless it is the root. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

function isChart(tree: TreeIndex, folder: string): boolean {
  return findEntry(tree, `${folder}Chart.yaml`) !== undefined;
}

/** Subcharts are in the folder `charts` of a chart: https://helm.sh/docs/chart_template_guide/subcharts_and_globals/ */
function isSubchart(tree: TreeIndex, folder: string): boolean {
  return [...folder.matchAll(/(?<=^|\/)charts\//g)].some(({ index }) => isChart(tree, folder.slice(0, index)));
}

/** Returns the name that a file gets in catalog and settings: that of its folder, or its own for a manifest or compose file. */
export function tagFileName(path: string): string {
  return nameOf(meaningfulParts(path).slice(-1));
}

/** Returns the names of files: with all of their folders, if another file has the same short name. */
export function tagFileNames(paths: readonly string[]): readonly string[] {
  const short = paths.map(tagFileName);
  return paths.map((path, index) => {
    const isTaken = short.some((name, other) => other !== index && name === short[index]);
    return isTaken ? longName(path) : (short[index] ?? '');
  });
}

function longName(path: string): string {
  return nameOf(meaningfulParts(path));
}

/** All files of a kind have the same name, but manifests and compose files. */
function meaningfulParts(path: string): readonly string[] {
  const parts = path.replace(/\.ya?ml$/, '').split('/');
  return /^(values|kustomization)$/i.test(parts.at(-1) ?? '') ? parts.slice(0, -1) : parts;
}

function nameOf(parts: readonly string[]): string {
  const plain = parts
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-');
  return (/^[a-z]/.test(plain) ? plain : `file-${plain}`).slice(-40).replace(/^[^a-z]+/, '');
}

/** Returns the file that has the name; undefined if none has, or more than one of a kind. */
export function tagFileNamed(tree: TreeIndex, name: string): TreeEntry | undefined {
  for (const files of tagFiles(tree)) {
    const [first, second] = files.filter(({ path }) => [tagFileName(path), longName(path)].includes(name));
    if (first !== undefined) return second === undefined ? first : undefined;
  }
  return undefined;
}
