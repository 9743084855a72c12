/**
 * Scans of Amazon ECR: basic ones, which start with a push or by the API once a day, and enhanced ones of Inspector, which only start by
 * themselves. Shapes and errors are those of https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html
 */
import { DescribeImageScanFindingsCommand, StartImageScanCommand } from '@aws-sdk/client-ecr';
import type { EcrClient } from '../../../adapters/registry/ecr/ecr-client';
import type { Vulnerability } from '../../../core/contract/scan/scan';
import { ecrError } from './fake-registry-ecr';

const DAY = 24 * 3600 * 1000;

interface Scan {
  status: string;
  description?: string;
  /** In ms since 1970. */
  startedAt: number;
  completedAt?: number;
}

interface Image {
  vulnerabilities: readonly Vulnerability[];
  readonly isSupported: boolean;
  scan?: Scan;
}

export interface FakeEcrScans {
  readonly client: EcrClient;
  /** Names of the calls, in order. */
  readonly calls: readonly string[];
  /** The moment in ms since 1970. It stands still until a test moves it. */
  now: number;
  /** Pushes an image. It is scanned at once if the registry scans on push. */
  push(repository: string, digest: string, vulnerabilities: readonly Vulnerability[], isSupported?: boolean): void;
  /** Lets all scans that are under way end. */
  finish(): void;
  /** Gives the scan of an image another status. */
  setStatus(repository: string, digest: string, status: string, description?: string): void;
  /** The next call of this name fails so. */
  failNext(call: string, error: Error): void;
}

export function createFakeEcrScans(kind: 'basic' | 'enhanced', scansOnPush = true, pageSize = 100): FakeEcrScans {
  const images = new Map<string, Image>();
  const repositories = new Set<string>();
  const calls: string[] = [];
  const failures = new Map<string, Error>();
  const begin = (image: Image, now: number) => {
    image.scan = { status: kind === 'basic' ? 'IN_PROGRESS' : 'PENDING', startedAt: now };
  };
  const find = ({ repositoryName = '', imageId }: DescribeImageScanFindingsCommand['input']): Image => {
    if (!repositories.has(repositoryName)) {
      throw ecrError('RepositoryNotFoundException', `The repository with name '${repositoryName}' does not exist`);
    }
    const image = images.get(`${repositoryName}@${imageId?.imageDigest}`);
    if (image === undefined) throw ecrError('ImageNotFoundException', `no image ${imageId?.imageDigest}`);
    return image;
  };
  const describe = (input: DescribeImageScanFindingsCommand['input']) => {
    const { scan, vulnerabilities } = find(input);
    if (scan === undefined) throw ecrError('ScanNotFoundException', 'Image scan does not exist for the image');
    const { registryId, repositoryName, imageId } = input;
    const { status, description, completedAt } = scan;
    const begun = { registryId, repositoryName, imageId, imageScanStatus: { status, description } };
    if (completedAt === undefined) return begun;
    const from = Number(input.nextToken ?? 0);
    const page = vulnerabilities.slice(from, from + Math.min(input.maxResults ?? 100, pageSize));
    const next = from + page.length < vulnerabilities.length ? { nextToken: String(from + page.length) } : {};
    const found = kind === 'basic' ? { findings: page.map(basic) } : { enhancedFindings: page.map(enhanced) };
    return { ...begun, imageScanFindings: { imageScanCompletedAt: new Date(completedAt), ...found }, ...next };
  };
  const start = (input: StartImageScanCommand['input']) => {
    const image = find(input);
    if (kind === 'enhanced') throw ecrError('ValidationException', 'This feature is disabled');
    if (!image.isSupported) throw ecrError('UnsupportedImageTypeException', 'An index cannot be scanned');
    if (image.scan !== undefined && image.scan.startedAt > fake.now - DAY) {
      throw ecrError('LimitExceededException', 'The scan quota per image has been exceeded. Wait and try again.');
    }
    begin(image, fake.now);
    return { ...input, imageScanStatus: { status: 'IN_PROGRESS' } };
  };
  const fake: FakeEcrScans = {
    client: {
      send: async (command: object) => {
        const call = command.constructor.name.replace(/Command$/, '');
        calls.push(call);
        const failure = failures.get(call);
        failures.delete(call);
        if (failure !== undefined) throw failure;
        if (command instanceof DescribeImageScanFindingsCommand) return describe(command.input);
        if (command instanceof StartImageScanCommand) return start(command.input);
        throw new Error(`the fake does not know ${call}`);
      },
    } as unknown as EcrClient,
    calls,
    now: Date.parse('2026-11-30T08:00:00Z'),
    push: (repository, digest, vulnerabilities, isSupported = true) => {
      repositories.add(repository);
      const image = { vulnerabilities, isSupported };
      images.set(`${repository}@${digest}`, image);
      if (scansOnPush || kind === 'enhanced') begin(image, fake.now);
    },
    finish: () => {
      for (const { scan, isSupported } of images.values()) {
        if (scan === undefined || scan.completedAt !== undefined) continue;
        if (isSupported)
          Object.assign(scan, { status: kind === 'basic' ? 'COMPLETE' : 'ACTIVE', completedAt: fake.now });
        else Object.assign(scan, UNSUPPORTED[kind]);
      }
    },
    setStatus: (repository, digest, status, description) => {
      const image = images.get(`${repository}@${digest}`);
      if (image === undefined) throw new Error(`there is no ${repository}@${digest}`);
      image.scan = { status, startedAt: fake.now, ...(description === undefined ? {} : { description }) };
    },
    failNext: (call, error) => {
      failures.set(call, error);
    },
  };
  return fake;
}

const UNSUPPORTED = {
  basic: {
    status: 'FAILED',
    description: "UnsupportedImageError: The operating system '' version '' is not supported.",
  },
  enhanced: { status: 'UNSUPPORTED_IMAGE', description: 'The image is not supported.' },
};

function basic({ id, severity, package: name, version }: Vulnerability): object {
  const attributes = [
    { key: 'package_name', value: name },
    ...(version === undefined ? [] : [{ key: 'package_version', value: version }]),
    { key: 'CVSS3_SCORE', value: '9.8' },
  ];
  return {
    name: id,
    uri: `https://nvd.nist.gov/vuln/detail/${id}`,
    severity: wordOf(severity, 'UNDEFINED'),
    attributes,
  };
}

function enhanced({ id, severity, package: name, version, fixedIn }: Vulnerability): object {
  return {
    awsAccountId: '111122223333',
    findingArn: `arn:aws:inspector2:eu-central-1:111122223333:finding/${id}`,
    severity: wordOf(severity, 'UNTRIAGED'),
    status: 'ACTIVE',
    title: `${id} - ${name}`,
    type: 'PACKAGE_VULNERABILITY',
    fixAvailable: fixedIn === undefined ? 'NO' : 'YES',
    packageVulnerabilityDetails: {
      vulnerabilityId: id,
      vulnerablePackages: [
        { name, version, epoch: 0, packageManager: 'OS', fixedInVersion: fixedIn ?? 'NotAvailable', arch: 'X86_64' },
      ],
    },
  };
}

function wordOf(severity: Vulnerability['severity'], unknown: string): string {
  if (severity === 'UNKNOWN') return unknown;
  return severity === 'NEGLIGIBLE' ? 'INFORMATIONAL' : severity;
}
