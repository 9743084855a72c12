/** Finds the values file that a service's tag is in. */
import type { TagPlace } from '../../contract/image';
import { plainOrQuoted } from '../../text/scalar-style';
import { findImageField } from '../image-fields';
import type { OpenFile, ValuesFile } from './values-files';

/** The file and the path in it, or the reason why there is not exactly one. */
export type LocatedTag = { readonly file: OpenFile; readonly path: string } | { readonly problem: string };

/** Finds the file of a place. Of several files, exactly one must have a path that names no file. An only file is not looked into. */
export function locateTag(place: TagPlace, files: readonly OpenFile[]): LocatedTag {
  if (typeof place !== 'string') {
    const named = files.find(({ name }) => name === place.file);
    return named === undefined ? { problem: unknownFile(place.file, files) } : { file: named, path: place.path };
  }
  const [only, ...others] = files;
  if (only !== undefined && others.length === 0) return { file: only, path: place };
  const looks = files.map((file) => ({ file, found: findImageField(place, file.index) }));
  const having = looks.flatMap(({ file, found }) => ('missing' in found ? [] : [file]));
  const [first, second] = having;
  if (first !== undefined && second === undefined) return { file: first, path: place };
  if (first !== undefined) {
    const cure = `values: { ${first.name}: ${plainOrQuoted(place)} }`;
    return { problem: `is in ${listed(having)}; name the file of the service in the catalog, as in ${cure}` };
  }
  const reasons = looks.flatMap(({ file, found }) =>
    'missing' in found ? [`in ${file.name} it ${found.missing}`] : [],
  );
  const shown = reasons.slice(0, MAX_REASONS).join('; ');
  return { problem: `is in none of ${listed(files)}: ${shown}; correct \`values\` in the catalog` };
}

/** Files whose reasons are printed. */
const MAX_REASONS = 3;

/** Files that a message lists by name. */
const MAX_FILES = 8;

function unknownFile(name: string, files: readonly ValuesFile[]): string {
  const named = files.filter((file) => file.name !== undefined);
  if (named.length > 0) return `is in the values file '${name}', and the environment has ${listed(named)}`;
  return `is in the values file '${name}', and the environment's only values file has no name; give it this one in the settings: "values": { "${name}": "${files[0]?.path}" }`;
}

function listed(files: readonly ValuesFile[]): string {
  const rest = files.length - MAX_FILES;
  const shown = files.slice(0, MAX_FILES).map(({ name, path }) => `${name} (${path})`);
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}

interface PlacedService {
  readonly name: string;
  readonly values: readonly TagPlace[];
}

/** A place that is no tag. `file` is the path of its file, if it is known. */
export interface MissingTag {
  readonly service: string;
  readonly file?: string;
  readonly place: string;
  readonly why: string;
}

/** Returns the places that are no tag in the files. */
export function missingTags(services: readonly PlacedService[], files: readonly OpenFile[]): readonly MissingTag[] {
  return services.flatMap(({ name: service, values }) =>
    values.flatMap((each): MissingTag[] => {
      const located = locateTag(each, files);
      const place = typeof each === 'string' ? each : each.path;
      if ('problem' in located) return [{ service, place, why: located.problem }];
      const found = findImageField(located.path, located.file.index);
      return 'missing' in found ? [{ service, file: located.file.path, place, why: found.missing }] : [];
    }),
  );
}
