/** What an image's config says about its build: the labels of this pipeline, and the date. */
import * as z from 'zod';
import type { BaseDigests, BuildFacts } from '../contract/image';
import { parseJson } from '../text/json';
import { isDigest } from './reference';

/** The label of every image with its input digest. */
export const INPUT_DIGEST_LABEL = 'image-pipeline.input-digest';

/** The commit of the run that built the image first: https://github.com/opencontainers/image-spec/blob/main/annotations.md */
export const REVISION_LABEL = 'org.opencontainers.image.revision';

/** The label that holds `printBases` of an image's base images. */
export const BASES_LABEL = 'image-pipeline.bases';

/** Docker's first release. An earlier date is that of a reproducible build, not the real one. */
const FIRST_DAY = '2013-03-20';

const Bases = z.record(z.string(), z.string().refine(isDigest));
/** OCI image-spec "Image Configuration"; Docker's config has the same fields. */
const Config = z.object({
  created: z.string().nullish(),
  config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});

/** Prints base images as the text of the label. Equal base images give the same text. */
export function printBases(bases: BaseDigests): string {
  return JSON.stringify(Object.fromEntries(Object.entries(bases).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** What the labels say; undefined if the image was not built by this pipeline. */
export interface ContentLabels {
  readonly inputDigest: string | undefined;
  /** The embedded builder writes none. */
  readonly revision: string | undefined;
}

/** Reads the labels of an image's config that say what it was built from. */
export function readContentLabels(config: Buffer): ContentLabels {
  const labels = readConfig(config).config?.Labels;
  return { inputDigest: labels?.[INPUT_DIGEST_LABEL], revision: labels?.[REVISION_LABEL] };
}

function readConfig(config: Buffer): z.infer<typeof Config> {
  return Config.safeParse(parseJson(config.toString('utf8'))).data ?? {};
}

/** Reads the build facts of an image's config. Missing and invalid ones are left out. */
export function readBuildFacts(config: Buffer): BuildFacts {
  const { created, config: settings } = readConfig(config);
  const bases = Bases.safeParse(parseJson(settings?.Labels?.[BASES_LABEL] ?? '')).data ?? {};
  const time = Date.parse(created ?? '');
  const built = Number.isNaN(time) ? undefined : dayOf(time);
  return {
    ...(built === undefined || built < FIRST_DAY ? {} : { built }),
    ...(Object.keys(bases).length === 0 ? {} : { bases }),
  };
}

/** Returns the day in UTC of a time in ms since 1970: `2026-11-23`. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
