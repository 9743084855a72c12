/**
 * The scanner port for ECR's own findings, basic or enhanced. ECR scans images of one platform, never an index:
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-troubleshooting.html
 */
import {
  DescribeImageScanFindingsCommand,
  type DescribeImageScanFindingsResponse,
  StartImageScanCommand,
} from '@aws-sdk/client-ecr';
import { ERROR_NAMES, messageOf, PipelineError } from '../../../core/contract/errors';
import type { ImageScan, Vulnerability } from '../../../core/contract/scan/scan';
import type { RepositoryName } from '../../../core/ports/registry';
import type { ImageScanner } from '../../../core/ports/scanner';
import type { Clock } from '../../../core/ports/store';
import { printName } from '../check-reference';
import type { EcrClient } from './ecr-client';
import { readFindings } from './ecr-findings';
import { ecrAccount } from './ecr-host';
import { isNamed } from './ecr-images';

interface EcrScannerOptions {
  /** Returns a client of the registry's region that retries by itself. */
  readonly clientOf: (host: string) => EcrClient;
  readonly clock: Pick<Clock, 'now'>;
}

/** ECR starts a basic scan of an image once in this time: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_StartImageScan.html */
const SCAN_AGAIN_AFTER = 24 * 3600 * 1000;

/** The most findings that one page can have. */
const PAGE = 1000;

/** One image for the calls of this file. */
interface Image {
  readonly client: EcrClient;
  readonly name: RepositoryName;
  readonly digest: string;
}

/** Creates the port. A finished basic scan that is older than a day is started again, because it knows no newer vulnerability. */
export function createEcrScanner({ clientOf, clock }: EcrScannerOptions): ImageScanner {
  return {
    scan: async (name, digest) => {
      const image = { client: clientOf(name.host), name, digest };
      const found = await describe(image);
      if (found === undefined) return startScan(image, waits);
      if ('missing' in found) return { kind: 'failed', why: found.missing };
      const { status = '', description = '' } = found.first.imageScanStatus ?? {};
      const why = `ECR says ${status}${description === '' ? '' : `: ${description}`}`;
      const scanned = { kind: 'scanned', vulnerabilities: found.vulnerabilities } as const;
      const completed = found.first.imageScanFindings?.imageScanCompletedAt?.getTime();
      switch (status) {
        case 'COMPLETE':
          if ((completed ?? 0) > clock.now() - SCAN_AGAIN_AFTER) return scanned;
          return startScan(image, () => scanned);
        case 'ACTIVE':
          // Enhanced: the image is watched. Until its first scan ends, it has no findings.
          return completed === undefined && found.vulnerabilities.length === 0 ? { kind: 'pending', why } : scanned;
        case 'IN_PROGRESS':
        case 'PENDING':
        case 'FINDINGS_UNAVAILABLE':
          return { kind: 'pending', why };
        case 'UNSUPPORTED_IMAGE':
        case 'SCAN_ELIGIBILITY_EXPIRED':
        case 'IMAGE_ARCHIVED':
          return { kind: 'unsupported', why };
        case 'FAILED':
          if (description.includes('UnsupportedImage')) return { kind: 'unsupported', why };
          return startScan(image, () => ({ kind: 'failed', why }));
        default:
          return { kind: 'failed', why };
      }
    },
  };
}

const MISSING = ['ImageNotFoundException', 'RepositoryNotFoundException'];

interface Described {
  readonly first: DescribeImageScanFindingsResponse;
  readonly vulnerabilities: readonly Vulnerability[];
}

/** Returns all pages; undefined if the image was never scanned, and ECR's words if it does not exist. */
async function describe({
  client,
  name,
  digest,
}: Image): Promise<Described | { readonly missing: string } | undefined> {
  const vulnerabilities: Vulnerability[] = [];
  let first: DescribeImageScanFindingsResponse | undefined;
  let nextToken: string | undefined;
  do {
    const command = new DescribeImageScanFindingsCommand({ ...imageInput(name, digest), maxResults: PAGE, nextToken });
    try {
      const page: DescribeImageScanFindingsResponse = await client.send(command);
      first ??= page;
      vulnerabilities.push(...readFindings(page.imageScanFindings ?? {}));
      nextToken = page.nextToken;
    } catch (error) {
      if (isNamed(error, 'ScanNotFoundException')) return undefined;
      if (isNamed(error, ...MISSING)) return { missing: messageOf(error) };
      throw scannerFailure('DescribeImageScanFindings', name, digest, error);
    }
  } while (nextToken !== undefined);
  return { first, vulnerabilities };
}

/** Starts a basic scan. `otherwise` says what is known if ECR starts none: it scanned the image within a day, or has enhanced scans. */
async function startScan({ client, name, digest }: Image, otherwise: (why: string) => ImageScan): Promise<ImageScan> {
  try {
    await client.send(new StartImageScanCommand(imageInput(name, digest)));
    return { kind: 'pending', why: 'the scan was started' };
  } catch (error) {
    if (isNamed(error, 'UnsupportedImageTypeException')) return { kind: 'unsupported', why: messageOf(error) };
    if (isNamed(error, 'LimitExceededException', 'ValidationException')) return otherwise(messageOf(error));
    throw scannerFailure('StartImageScan', name, digest, error);
  }
}

/** Directly after a push there is no scan to describe, and no second one can be started. */
function waits(why: string): ImageScan {
  return { kind: 'pending', why: `ECR has no scan of it and starts none: ${why}` };
}

function imageInput(name: RepositoryName, imageDigest: string) {
  return { registryId: ecrAccount(name.host), repositoryName: name.repository, imageId: { imageDigest } };
}

const ADVICE = '; deploy the stack again, whose scan function may do this, and see npx pipeline doctor';

function scannerFailure(call: string, name: RepositoryName, digest: string, cause: unknown): PipelineError {
  const advice = isNamed(cause, 'AccessDeniedException') ? ADVICE : '';
  const text = `${call} ${printName(name, digest)}: ${messageOf(cause)}${advice}`;
  return new PipelineError(ERROR_NAMES.scanner, text, { cause });
}
