/** Judges the signature of an image and the statement of its release, which anybody can attach and only the owner of the key can sign. */
import type { Release } from '../signing/statement';
import { type ImageCheck, type ImageFacts, isSameContent } from './verify-image';

/** What is attached to a digest. `isRight` says if the given key signed it. */
export interface AttachedFacts {
  readonly signatures: readonly { readonly isRight: boolean }[];
  readonly releases: readonly { readonly isRight: boolean; readonly release: Release }[];
}

/** Says if an image is signed, without a key to check that with. */
export function describeUnchecked({ signatures, releases }: AttachedFacts): string {
  const count = signatures.length + releases.length;
  if (count === 0) return 'no';
  return `unchecked: ${count} signed ${count === 1 ? 'statement is' : 'statements are'} attached; give the public key with --key`;
}

/** Returns the checks of an image whose releases are signed with a known key. */
export function checkSigned(attached: AttachedFacts, facts: ImageFacts): readonly ImageCheck[] {
  return [signatureCheck(attached), ...statementCheck(attached, facts)];
}

function signatureCheck({ signatures }: AttachedFacts): ImageCheck {
  const name = 'signature';
  if (signatures.some(({ isRight }) => isRight)) return { name, isRight: true, text: 'the key signed this digest' };
  const text =
    signatures.length === 0
      ? 'not signed: no signature is attached to this digest'
      : `not signed with this key: another one made the ${signatures.length === 1 ? 'signature' : 'signatures'} of this digest`;
  return { name, isRight: false, text };
}

/** Looks for the statement of the tag, or of the newest release if the image was named by its digest. */
function statementCheck({ releases }: AttachedFacts, facts: ImageFacts): readonly ImageCheck[] {
  const name = 'statement';
  const [locked] = facts.releases;
  const version = facts.tag ?? locked?.version;
  if (version === undefined) return [];
  const found = releases.filter(({ release }) => release.version === version);
  const valid = found.find(({ isRight }) => isRight)?.release;
  if (valid === undefined) {
    const why = found.length === 0 ? 'says how it became' : 'that the key signed says how it became';
    return [{ name, isRight: false, text: `no statement ${why} ${version}` }];
  }
  const isSame =
    locked === undefined ||
    valid.inputDigest === locked.inputDigest ||
    isSameContent(valid.inputDigest, locked.inputDigest, facts.recomputed);
  if (isSame) return [{ name, isRight: true, text: describeRelease(valid) }];
  const text = `the statement has the input digest ${valid.inputDigest}, the lock has ${locked.inputDigest}`;
  return [{ name, isRight: false, text }];
}

function describeRelease({ service, version, action, reasons, builtBy, source, run }: Release): string {
  const [reason] = reasons;
  const what = action === 'build' ? 'built' : 'kept';
  const why = reason === undefined ? '' : ` (${reason.text})`;
  const by = builtBy === undefined ? '' : `, built by run ${builtBy.run}${at(builtBy.commit)}`;
  const of = source === run.commit ? '' : ` with the inputs of ${source.slice(0, 12)}`;
  return `${service} ${version} was ${what}${why} by run ${run.id}${at(run.commit)}${of}${action === 'build' ? '' : by}`;
}

function at(commit: string | undefined): string {
  return commit === undefined ? '' : ` at ${commit.slice(0, 12)}`;
}
