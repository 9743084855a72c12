/** A scan step on a registry, a store, a scanner and waivers in memory. */
import { objectKeys } from '../../../core/contract/keys';
import type { Plan, PlannedService } from '../../../core/contract/plan';
import type { ImageScan, ScanRecord, Vulnerability } from '../../../core/contract/scan/scan';
import { parseSettings } from '../../../core/settings/parse-settings';
import type { SettingsInput } from '../../../core/settings/schema';
import { scanStep } from '../../../lambdas/scan/scan';
import { createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';
import { plannedService, planOf } from '../../support/pipeline/runs';
import { createMemoryRegistry } from '../../support/registry/memory-registry';

const HOST = 'registry.example';
const CANDIDATES = { host: HOST, repository: 'candidates' };
const FILE = 'image-waivers.yaml';

export const CRITICAL: Vulnerability = { id: 'CVE-2026-1', severity: 'CRITICAL', package: 'openssl', version: '3.0.1' };

export interface WorldOptions {
  readonly services?: readonly PlannedService[];
  readonly plan?: Partial<Plan>;
  readonly scan?: Partial<NonNullable<SettingsInput['scan']>>;
  readonly waivers?: string;
}

/** Returns a world in which `auth` was built and `ngui` is retagged, both without a vulnerability. */
export async function world({ services = PLANNED, plan = {}, scan = {}, waivers }: WorldOptions = {}) {
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    releases: { host: HOST, namespace: 'team' },
    candidates: CANDIDATES,
    scan: { from: 'ecr', ...scan },
  });
  const registry = createMemoryRegistry();
  const store = createMemoryStore();
  const clock = createStillClock(Date.parse('2026-11-30T08:00:00Z'));
  const reads: string[] = [];
  const git = {
    readFiles: async (commit: string) => {
      reads.push(commit);
      return new Map(waivers === undefined ? [] : [[FILE, waivers]]);
    },
  };
  const answers = new Map<string, ImageScan>();
  const asked: string[] = [];
  const scanner = {
    scan: async ({ host, repository }: typeof CANDIDATES, digest: string): Promise<ImageScan> => {
      asked.push(`${host}/${repository}@${digest}`);
      return answers.get(digest) ?? { kind: 'scanned', vulnerabilities: [] };
    },
  };
  const digests = new Map<string, string>();
  for (const { name, image, origin } of services) {
    const isCandidate = origin.kind === 'candidate';
    const place = isCandidate ? CANDIDATES : { host: HOST, repository: `team/${image}` };
    digests.set(name, registry.seed(place, isCandidate ? origin.tag : origin.reference, name).digest);
  }
  await store.put(objectKeys.plan('run-1'), JSON.stringify(planOf(services, plan)));
  const dependencies = { settings, git, registry, scanner, store, clock };
  return {
    dependencies,
    asked,
    reads,
    clock,
    digestOf: (service: string) => digests.get(service) ?? '',
    /** Sets what the scanner says of the image of a service. */
    answer: (service: string, scan: ImageScan) => answers.set(digests.get(service) ?? '', scan),
    look: (redrives = 0) => scanStep({ run: 'run-1', redrives, builds: [] }, dependencies),
    record: async (): Promise<ScanRecord> =>
      JSON.parse((await store.get(objectKeys.scan('run-1')))?.toString('utf8') ?? 'null') as ScanRecord,
  };
}

export const PLANNED: readonly PlannedService[] = [
  plannedService('auth', 'build'),
  plannedService('ngui', 'retag', { origin: { kind: 'released', reference: 'v1.3.0' } }),
];

/** Returns an answer with these vulnerabilities. */
export function foundIn(...vulnerabilities: readonly Vulnerability[]): ImageScan {
  return { kind: 'scanned', vulnerabilities };
}
