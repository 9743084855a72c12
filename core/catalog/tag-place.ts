/** The places of tags in a catalog: paths in values files, as a person writes them and one by one. */
import * as z from 'zod';
import type { TagPlace } from '../contract/image';
import { excerpt } from '../text/shape-error';
import { parseValuesPath } from '../values/values-path';

const VALUES_PATH = 'write the keys with a dot between them (grafana.image.tag), a key with a dot in it as ["a.b"]';

/** The pattern for editors: a path, or paths by the name of the values file. */
const PATHS_BY_FILE = {
  type: 'object',
  additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
};

/** A place of a tag, after `placesOf`. */
export const tagPlace: z.ZodType<TagPlace, TagPlaceInput> = z
  .custom<TagPlaceInput>()
  .meta({ anyOf: [{ type: 'string' }, PATHS_BY_FILE] })
  .transform((value, context): TagPlace => {
    const place = value as TagPlace;
    const path: unknown = typeof place === 'object' && place !== null ? place.path : place;
    if (typeof path === 'string' && path.length <= 300 && parseValuesPath(path) !== undefined) return place;
    const found = typeof path === 'string' ? `'${excerpt(path)}'` : excerpt(JSON.stringify(path) ?? 'nothing', 60);
    context.addIssue({ code: 'custom', message: `${found} is not allowed: ${VALUES_PATH}` });
    return z.NEVER;
  });

/** A place as a person writes it: a path, or paths by the name of the values file. */
export type TagPlaceInput = string | Readonly<Record<string, string | readonly string[]>>;

/** The short form of a list of places. */
export const onePlace = z.union([
  z.string(),
  z.custom<Readonly<Record<string, string | readonly string[]>>>().meta(PATHS_BY_FILE),
]);

/** Returns the places of `values` one by one: `{ api: [image.tag, job.tag] }` has two. Returns what is no place as it is. */
export function placesOf(value: unknown): unknown {
  if (value === undefined) return undefined;
  return (Array.isArray(value) ? value : [value]).flatMap((item: unknown) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return [item];
    return Object.entries(item).flatMap(([file, paths]: [string, unknown]) =>
      (Array.isArray(paths) ? paths : [paths]).map((path: unknown) => ({ file, path })),
    );
  });
}
