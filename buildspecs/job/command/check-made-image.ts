/** Checks the image that a command pushed, by what the registry has of it. */
import * as z from 'zod';
import type { Service } from '../../../core/catalog/model';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import { INPUT_DIGEST_LABEL } from '../../../core/image/build-label';
import { isDigest } from '../../../core/image/reference';
import { parseJson } from '../../../core/text/json';

const Config = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().nullish(),
  config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});

type Config = z.infer<typeof Config>;

/** The output of `docker buildx imagetools inspect --format '{{json .}}'`: one config, or one by platform. */
const Inspected = z.object({
  manifest: z.object({ digest: z.string().refine(isDigest) }),
  image: z.union([
    Config.transform((config) => [config]),
    z.record(z.string(), Config).transform(Object.values<Config>),
  ]),
});

/**
 * Returns the digest of the manifest, and a line for the log. Throws `InvalidInput` if the image is not for the platforms of the catalog, and `InputDigestMismatch` if its label
 * names other inputs: the command pushed an image that it made before. An image without labels is accepted.
 */
export function checkMadeImage(
  inspected: string,
  { name, platforms }: Pick<Service, 'name' | 'platforms'>,
  inputDigest: string,
): { readonly digest: string; readonly line: string } {
  const result = Inspected.safeParse(parseJson(inspected));
  if (!result.success) throw refusal(`the image of ${name} cannot be read: ${z.prettifyError(result.error)}`);
  const { manifest, image } = result.data;
  const found = image.map(platformOf);
  const missing = platforms.filter(
    (platform) => !found.some((each) => each === platform || each.startsWith(`${platform}/`)),
  );
  if (missing.length > 0) {
    throw refusal(
      `the image of ${name} is for ${found.join(', ')}, and the catalog asks for ${missing.join(', ')}; let the command build for IMAGE_PLATFORMS`,
    );
  }
  const labels = image.map(({ config }) => config?.Labels?.[INPUT_DIGEST_LABEL]);
  const other = labels.find((label) => label !== undefined && label !== inputDigest);
  if (other !== undefined) {
    throw new PipelineError(
      ERROR_NAMES.inputDigestMismatch,
      `the image of ${name} has the label ${INPUT_DIGEST_LABEL}=${other}, and its inputs are ${inputDigest}: the command pushed another image; let it set the labels of IMAGE_LABELS at each build`,
    );
  }
  const unlabelled = labels.includes(undefined)
    ? `; without the label ${INPUT_DIGEST_LABEL}, nothing in the image tells its inputs (IMAGE_LABELS has it)`
    : '';
  return { digest: manifest.digest, line: `made ${manifest.digest} for ${found.join(', ')}${unlabelled}\n` };
}

function platformOf({ os, architecture, variant }: Config): string {
  return [os, architecture, ...(variant ? [variant] : [])].join('/');
}

function refusal(message: string): PipelineError {
  return new PipelineError(ERROR_NAMES.invalidInput, message);
}
