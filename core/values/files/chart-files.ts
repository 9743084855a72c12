/** Writes `version` and `appVersion` of charts. Every other byte of a `Chart.yaml` stays, as in values files. */
import type { Problem } from '../../contract/errors';
import { editIndexed, openValues } from '../edit-values';
import { findImageField, readReference } from '../image-fields';
import { missingProblem } from '../resolved-edits';
import { currentValue } from '../scan-leaves';
import { refuseValues, type ValuesEdit } from '../values-edit';
import type { IndexedValues } from '../values-index';
import { forAllFiles, problemsIn, type WrittenFile } from './values-files';

/** The fields of a `Chart.yaml` that have a version: https://helm.sh/docs/topics/charts/#the-chartyaml-file */
export const CHART_FIELDS = ['version', 'appVersion'] as const;

/** The `Chart.yaml` of a chart that has the version of a service, or of the platform. */
export interface ChartFile {
  readonly path: string;
  readonly service?: string;
  readonly fields: readonly (typeof CHART_FIELDS)[number][];
}

interface ChartVersions {
  readonly platformVersion?: string;
  readonly services: readonly { readonly name: string; readonly version: string }[];
}

/**
 * Writes the versions into the charts. A chart stays as it is if the release has no version for it. `texts` has the texts by path. Throws
 * `ValuesFile` with all problems.
 */
export function writeCharts(
  charts: readonly ChartFile[],
  texts: ReadonlyMap<string, string>,
  { platformVersion, services }: ChartVersions,
): readonly WrittenFile[] {
  const versionOf = new Map(services.map(({ name, version }) => [name, version]));
  return forAllFiles(charts, ({ path, service, fields }) => {
    const version = service === undefined ? platformVersion : versionOf.get(service);
    const opened = openValues(texts.get(path) ?? '', path);
    const problems = fields.flatMap((field) => fieldProblems(field, opened));
    if (problems.length > 0) throw refuseValues(path, problemsIn({ path }, problems));
    const edits = version === undefined ? [] : fields.map((field) => fieldEdit(field, version));
    return { path, content: editIndexed(opened, edits).text };
  });
}

/** `appVersion` is the tag of the image, because charts use it as one; `version` has a form of its own. */
function fieldEdit(field: ChartFile['fields'][number], version: string): ValuesEdit {
  return { kind: 'literal', path: field, tag: field === 'version' ? chartVersion(version) : version };
}

function fieldProblems(field: string, { values, index }: IndexedValues): readonly Problem[] {
  const found = findImageField(field, index);
  if ('missing' in found) {
    const problem = missingProblem(field, found, values);
    return [{ ...problem, message: `${problem.message}; write it once, or leave ${field} out of the setting` }];
  }
  const value = currentValue(found.leaf);
  const { name, digest } = readReference(value, field);
  if (name === '' && digest === '') return [];
  const message = `is '${value.slice(0, 80)}', which is no version; write a version there once`;
  return [{ path: field, message, line: values.lineAt(found.leaf.start) }];
}

/**
 * Returns the version as Helm requires it of a chart (https://semver.org): without `v`, with `-` for `_`, and without the empty parts and
 * leading zeros that a tag may have.
 */
export function chartVersion(version: string): string {
  const [, numbers = '', suffix = ''] = /^v?(\d+\.\d+\.\d+)(?:-(.*))?$/.exec(version) ?? [];
  const parts = suffix.replaceAll('_', '-').split('.');
  const legal = parts
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? part.replace(/^0+(?=\d)/, '') : part));
  return legal.length === 0 ? numbers : `${numbers}-${legal.join('.')}`;
}
