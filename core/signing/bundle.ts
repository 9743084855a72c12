/**
 * Envelopes as cosign 3 stores them: a Sigstore bundle of version 0.3 in an artifact that refers to the image
 * (github.com/sigstore/cosign, specs/BUNDLE_SPEC.md). Fields are those of sigstore_bundle.proto, as JSON.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { MANIFEST_TYPES } from '../image/manifest';
import type { Manifest, Referrer } from '../ports/registry';
import { parseJson } from '../text/json';
import type { Envelope } from './envelope';

/** The media type of a bundle, and the type of the artifact that holds it. */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** The config of an artifact that has none (OCI image-spec 1.1, "Guidance for an Empty Descriptor"). */
export const EMPTY_CONFIG = Buffer.from('{}');

const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json';

/** The annotation that tells which kind of statement a bundle holds. */
const PREDICATE_TYPE = 'dev.sigstore.bundle.predicateType';

/** The annotation of a release statement with the run that it is of. */
const RUN = 'image-pipeline.run';

/** Prints the bundle. The hint is how cosign names a key: the SHA-256 of its SubjectPublicKeyInfo in Base64. */
export function printBundle({ payloadType, payload, signature }: Envelope, publicKey: Buffer): Buffer {
  const hint = createHash('sha256').update(publicKey).digest('base64');
  const bundle = {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: { publicKey: { hint }, tlogEntries: [] },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType,
      signatures: [{ sig: signature.toString('base64') }],
    },
  };
  return Buffer.from(JSON.stringify(bundle), 'utf8');
}

const Bundle = z.object({
  mediaType: z.literal(BUNDLE_TYPE),
  dsseEnvelope: z.object({
    payload: z.base64(),
    payloadType: z.string(),
    signatures: z.tuple([z.object({ sig: z.base64() })]),
  }),
});

/** Reads the envelope of a bundle; undefined for anything else, such as a bundle of another version or without an envelope. */
export function parseBundle(bytes: Buffer): Envelope | undefined {
  const { dsseEnvelope } = Bundle.safeParse(parseJson(bytes.toString('utf8'))).data ?? {};
  if (dsseEnvelope === undefined) return undefined;
  const { payload, payloadType, signatures } = dsseEnvelope;
  return {
    payloadType,
    payload: Buffer.from(payload, 'base64'),
    signature: Buffer.from(signatures[0].sig, 'base64'),
  };
}

/** A statement to be attached. `run` is that of a release statement. */
export interface Attached {
  readonly predicateType: string;
  readonly run?: string;
}

/** Makes the artifact that attaches a bundle to an image or to another artifact. `bundle` are its bytes, `now` is in ms since 1970. */
export function attachBundle(
  { mediaType, digest, size }: Pick<Referrer, 'mediaType' | 'digest' | 'size'>,
  bundle: Buffer,
  { predicateType, run }: Attached,
  now: number,
): Manifest {
  const body = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPES[2],
    artifactType: BUNDLE_TYPE,
    config: describe(EMPTY_CONFIG, EMPTY_TYPE),
    layers: [describe(bundle, BUNDLE_TYPE)],
    subject: { mediaType, digest, size },
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      [PREDICATE_TYPE]: predicateType,
      'org.opencontainers.image.created': new Date(now).toISOString(),
      ...(run === undefined ? {} : { [RUN]: run }),
    },
  };
  const bytes = Buffer.from(JSON.stringify(body), 'utf8');
  return { bytes, mediaType: body.mediaType, digest: digestOf(bytes) };
}

/**
 * Returns true if a referrer may hold such a statement. A registry that shows no annotations leaves it open, and so does one that shows the
 * type of the config instead of the artifact's (pkg/registry of go-containerregistry 0.22).
 */
export function mayHold({ artifactType, annotations }: Referrer, { predicateType, run }: Attached): boolean {
  if (![undefined, EMPTY_TYPE, BUNDLE_TYPE].includes(artifactType)) return false;
  const type = annotations?.[PREDICATE_TYPE];
  if (type !== undefined && type !== predicateType) return false;
  const of = annotations?.[RUN];
  return run === undefined || of === undefined || of === run;
}

const Artifact = z.object({ layers: z.tuple([z.object({ mediaType: z.literal(BUNDLE_TYPE), digest: z.string() })]) });

/** Returns the digest of the bundle in an artifact; undefined if it holds something else. */
export function bundleIn({ bytes }: Manifest): string | undefined {
  return Artifact.safeParse(parseJson(bytes.toString('utf8'))).data?.layers[0].digest;
}

function describe(bytes: Buffer, mediaType: string) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
