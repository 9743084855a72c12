/**
 * What is signed, as in-toto statements (github.com/in-toto/attestation, "Statement layer specification"): the signature of an image as cosign
 * 3 makes it, and the statement of its release. docs/contracts.md has the fields for strangers.
 */
import * as z from 'zod';
import { type Reason, SERVICE_ACTIONS } from '../contract/plan';
import { ACTIONS } from '../contract/run-input';
import { parseJson } from '../text/json';
import { type Envelope, STATEMENT_TYPE } from './envelope';

const IN_TOTO = 'https://in-toto.io/Statement/v1';

/** The predicate type of a signature of cosign 3 (pkg/types/predicate.go). Its predicate is empty. */
export const SIGNATURE_TYPE = 'https://sigstore.dev/cosign/sign/v1';

/** The predicate type of a release statement. Other fields would get another type. */
export const RELEASE_TYPE = 'urn:image-pipeline:release:v1';

const Digests = z.record(z.string(), z.string());

const Statement = z.object({
  _type: z.literal(IN_TOTO),
  subject: z.tuple([z.object({ name: z.string().optional(), digest: Digests })]),
  predicateType: z.string(),
  predicate: z.unknown(),
});

/** A statement about one image. */
export type Statement = Readonly<z.infer<typeof Statement>>;

const commit = z.string().regex(/^[0-9a-f]{40}$/);

/** How an image got a version: the predicate of a release statement. */
const Release = z.object({
  service: z.string(),
  version: z.string(),
  /** The environment whose values files the run updates. */
  environment: z.string(),
  /** `build` if this run built the image, `retag` if an existing image was kept under the same digest. */
  action: z.enum(SERVICE_ACTIONS).exclude(['keep']),
  /** Why it was built, or why keeping it was right. */
  reasons: z.array(z.object({ kind: z.string(), text: z.string() })),
  /** The digest over all inputs of the image, 40 hex digits. */
  inputDigest: z.string(),
  /** The recipe by which the inputs were counted. Absent if the digest is a recorded one, as in a promotion. */
  recipe: z.string().optional(),
  /** The newest commit whose inputs are known to have that digest. If it is the run's commit, the image is what that commit builds. */
  source: commit,
  /** The run that built the image, and its commit. Absent if it is not known. */
  builtBy: z.object({ run: z.string(), commit: commit.optional() }).optional(),
  /** The day of the build, in UTC. Absent if it is not known. */
  built: z.string().optional(),
  /** External base images, with their digests. Absent if there are none, or if they are not known. */
  bases: Digests.optional(),
  /** The run that gave the version. `startedBy` informs and proves nothing. */
  run: z.object({
    id: z.string(),
    action: z.enum(ACTIONS),
    ref: z.string(),
    commit,
    startedBy: z.string().optional(),
    approvedBy: z.string().optional(),
  }),
});

export type Release = Readonly<Omit<z.infer<typeof Release>, 'reasons'>> & {
  readonly reasons: readonly Pick<Reason, 'kind' | 'text'>[];
};

/** Returns the statement that an image is signed, of the very form that cosign makes. `digest` is that of the manifest or index. */
export function signatureOf(digest: string): Statement {
  return { _type: IN_TOTO, subject: [{ digest: asDigests(digest) }], predicateType: SIGNATURE_TYPE, predicate: {} };
}

/** Returns the statement of a release. `image` is `host/repository`. */
export function releaseStatement(image: string, digest: string, release: Release): Statement {
  const subject = { name: image, digest: asDigests(digest) };
  return { _type: IN_TOTO, subject: [subject], predicateType: RELEASE_TYPE, predicate: release };
}

/** Reads the statement of an envelope about one image; undefined for anything else. */
export function readStatement({ payloadType, payload }: Envelope): Statement | undefined {
  if (payloadType !== STATEMENT_TYPE) return undefined;
  return Statement.safeParse(parseJson(payload.toString('utf8'))).data;
}

/** Returns true if the statement is about the manifest of this digest. */
export function isAbout({ subject: [{ digest: digests }] }: Statement, digest: string): boolean {
  const [algorithm = '', hex] = digest.split(':');
  return hex !== undefined && digests[algorithm] === hex;
}

/** Reads the release of a statement; undefined if it is another one. */
export function readRelease({ predicateType, predicate }: Statement): Release | undefined {
  return predicateType === RELEASE_TYPE ? (Release.safeParse(predicate).data as Release | undefined) : undefined;
}

function asDigests(digest: string): Record<string, string> {
  const [algorithm = '', hex = ''] = digest.split(':');
  return { [algorithm]: hex };
}
