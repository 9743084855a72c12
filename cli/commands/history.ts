/**
 * `pipeline history`, `pipeline notes` and `pipeline verify`: where versions came from, what changed between them, and what an image was
 * built from. By git alone, and the registry of the image.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { systemClock } from '../../adapters/clock';
import { localAccess } from '../../adapters/registry/client/keychain';
import { createOciRegistry } from '../../adapters/registry/oci-registry';
import { InvalidInputError, unreadableFile } from '../../core/contract/errors';
import { parseReference } from '../../core/image/reference';
import { printReleaseNotes } from '../../core/report/release-notes';
import { printable } from '../../core/text/escape';
import type { VersionEvent } from '../../core/version/lock-history';
import { type NotesOptions, readReleaseNotes } from '../../local/planning/release-notes';
import { type VerifiedImage, type VerifyOptions, verifyImage } from '../../local/planning/verify-image';
import { type HistoryOptions, readVersionHistory } from '../../local/planning/version-history';
import {
  CATALOG,
  type CommandContext,
  EXIT,
  JSON_OUT,
  PATIENCE,
  parseRegistryAddress,
  REPO,
  ref,
  VALUES_REPO,
  type WithJson,
} from '../context';
import { printJson, printLine, table } from '../output/print';

/** Adds options and action of `history`. */
export function configureHistory(command: Command, context: CommandContext): void {
  command
    .argument('[service]', 'one service; default: all')
    .option(...REPO)
    .option(...ref())
    .option(...JSON_OUT)
    .action((service: string | undefined, options: WithJson<HistoryOptions>) =>
      printHistory({ ...options, service }, context),
    );
}

/** Adds options and action of `notes`. Prints Markdown, or with `--json` a `ReleaseNotes`. */
export function configureNotes(command: Command, { stdout }: CommandContext): void {
  command
    .argument('<version>', 'the version, such as v1.4.0')
    .option(...REPO)
    .option(...ref())
    .option(...VALUES_REPO)
    .option('--lock <file>', 'the version lock, if several environments have the version')
    .option(...CATALOG)
    .option(...JSON_OUT)
    .action(async (version: string, { json, ...options }: WithJson<Omit<NotesOptions, 'version'>>) => {
      const found = await readReleaseNotes({ ...options, version });
      if (json) printJson(stdout, found);
      else printLine(stdout, printReleaseNotes(found).trimEnd());
    });
}

/** Prints one row for each time that a service got a version, the newest first. */
async function printHistory({ json, ...options }: WithJson<HistoryOptions>, { stdout }: CommandContext): Promise<void> {
  const histories = await readVersionHistory(options);
  if (json) {
    const versions = histories.flatMap(({ lock, versions }) =>
      versions.map(({ committedAt, ...event }) => ({ ...event, time: timeOf(committedAt), lock })),
    );
    printJson(stdout, { versions });
    return;
  }
  for (const { lock, versions } of histories) {
    printLine(stdout, `${histories.length > 1 ? `\n${lock}\n` : ''}${table(HEADERS, versions.map(row))}`);
  }
}

const HEADERS = ['time', 'service', 'version', 'digest', 'source', 'commit', 'run'];

function row(event: VersionEvent): readonly string[] {
  const { service, version, digest, source, commit, committedAt, run, rollbackTo, rollbackOf } = event;
  const by = run ?? 'by hand';
  return [
    timeOf(committedAt).slice(0, 16).replace('T', ' '),
    service,
    version,
    digest.slice('sha256:'.length, 19),
    source.slice(0, 8),
    commit.slice(0, 8),
    `${by}${rollbackTo === undefined ? '' : `, back to ${rollbackTo}`}${rollbackOf === undefined ? '' : `, undoes ${rollbackOf}`}`,
  ];
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.000Z$/, 'Z');
}

const ABOUT_VERIFY = `
Nothing is pulled, and no setting or account of the pipeline is needed: the version lock in git has the digest, and the input digest is
made again from the files of the commit. With the public key of the releases, signature and statement are checked, too. Exit code 1: a
comparison failed. Private registries: with the logins of docker login.
`;

/** Adds options and action of `verify`. */
export function configureVerify(command: Command, context: CommandContext): void {
  command
    .argument('<image>', 'HOST/NAMESPACE/NAME:VERSION or @DIGEST; with http:// before it, a registry without TLS')
    .option(...REPO)
    .option(...ref('the branch whose version locks count'))
    .option(...VALUES_REPO)
    .option(...CATALOG)
    .option('--key <file>', 'the public key of the releases in PEM, as cosign takes it')
    .option(...JSON_OUT)
    .addHelpText('after', ABOUT_VERIFY)
    .action((image: string, options: VerifyArguments) => verify(image, options, context));
}

type VerifyArguments = WithJson<Omit<VerifyOptions, 'publicKey'>> & { readonly key?: string };

async function verify(
  text: string,
  { json, key, ...rest }: VerifyArguments,
  { stdout, setExitCode }: CommandContext,
): Promise<void> {
  const options = { ...rest, publicKey: key === undefined ? undefined : await readPublicKey(key) };
  const { place, plainHttp } = parseRegistryAddress(text);
  const registry = createOciRegistry({ ...localAccess(systemClock, plainHttp), ...PATIENCE });
  const verified = await verifyImage(parseReference(place), registry, options);
  if (json) printJson(stdout, verified);
  else printLine(stdout, verifiedText(verified));
  if (verified.checks.some(({ isRight }) => !isRight)) setExitCode(EXIT.failed);
}

/** Reads a public key, or the one of a private key. Throws `InvalidInput` for anything else. */
async function readPublicKey(path: string): Promise<Buffer> {
  const pem = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new InvalidInputError('the public key cannot be used', [{ path, message: unreadableFile(error) }]);
  });
  const refuse = (message: string) => new InvalidInputError('the public key cannot be used', [{ path, message }]);
  const key = readPem(pem);
  if (key === undefined) throw refuse(`is no key in PEM; ${MAKE_PUBLIC}`);
  const { namedCurve } = key.asymmetricKeyDetails ?? {};
  if (namedCurve === 'prime256v1') return key.export({ format: 'der', type: 'spki' });
  const kind = `${key.asymmetricKeyType}${namedCurve === undefined ? '' : ` of the curve ${namedCurve}`}`;
  throw refuse(`is a key of type ${kind}, and releases are signed with the curve P-256; ${MAKE_PUBLIC}`);
}

const MAKE_PUBLIC = 'for a key of KMS, write one with: cosign public-key --key awskms:///ALIAS';

function readPem(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

function verifiedText({ image, digest, release, bases = {}, attestations, signed, checks }: VerifiedImage): string {
  const facts = [
    ['image', image],
    ['digest', digest],
    ...(release === undefined ? [] : [['source', release.source]]),
    ...Object.entries(bases).map(([name, base]) => ['base', `${name}@${base}`]),
    ['attested', attestations.length === 0 ? 'nothing' : attestations.join(', ')],
    ...(signed === undefined ? [] : [['signed', signed]]),
  ];
  const rows = checks.map(({ name, isRight, text }) => [isRight ? 'ok' : 'WRONG', name, text]);
  return [
    ...facts.map(([name = '', text = '']) => printable(`${name.padEnd(9)} ${text}`)),
    '',
    ...rows.map(([verdict = '', name = '', text = '']) => printable(`${verdict.padEnd(6)} ${name.padEnd(9)} ${text}`)),
  ].join('\n');
}
