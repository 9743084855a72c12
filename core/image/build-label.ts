/** What an image's config says of its build: when, and from which base images. */
import * as z from 'zod';
import type { BaseDigests, BuildFacts } from '../contract/image';
import { isDigest } from './reference';

/** Label of images that are built from others: `printBases` of what they are built from. */
export const BASES_LABEL = 'image-pipeline.bases';

/** Docker's first release: an earlier date says that builds are made to look alike, not when. */
const FIRST_DAY = '2013-03-20';

const Bases = z.record(z.string(), z.string().refine(isDigest));
/** OCI image-spec "Image Configuration"; Docker's config has the same fields. */
const Config = z.object({
  created: z.string().nullish(),
  config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});

/** Base images as the label's text: equal ones give an equal text. */
export function printBases(bases: BaseDigests): string {
  return JSON.stringify(Object.fromEntries(Object.entries(bases).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** What the config of an image says; nothing of what it does not say, or not rightly. */
export function readBuildFacts(config: Buffer): BuildFacts {
  const { created, config: settings } = Config.safeParse(parse(config.toString('utf8'))).data ?? {};
  const bases = Bases.safeParse(parse(settings?.Labels?.[BASES_LABEL] ?? '')).data ?? {};
  const time = Date.parse(created ?? '');
  const built = Number.isNaN(time) ? undefined : dayOf(time);
  return {
    ...(built === undefined || built < FIRST_DAY ? {} : { built }),
    ...(Object.keys(bases).length === 0 ? {} : { bases }),
  };
}

/** The day of a time in ms since 1970, in UTC: `2026-11-23`. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
