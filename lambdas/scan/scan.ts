/** The scan step: asks the scanner about every image that is about to get a version, and lets the gate judge. It writes no image. */
import pLimit from 'p-limit';
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { Plan, PlannedService } from '../../core/contract/plan';
import type {
  ImageScan,
  KeptScan,
  LocatedService,
  ScanRecord,
  ScanReport,
  ScanRequest,
  ScanStep,
} from '../../core/contract/scan/scan';
import { dayOf } from '../../core/image/build-label';
import { platformImages } from '../../core/image/manifest';
import type { SourceGit } from '../../core/ports/git';
import type { ImageRegistry } from '../../core/ports/registry';
import type { ImageScanner } from '../../core/ports/scanner';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { failedBuilds } from '../../core/report/outcome';
import { type Gate, judgeScan, keepScan } from '../../core/scan/judge-scan';
import { refusedScan } from '../../core/scan/scan-text';
import type { Settings } from '../../core/settings/schema';
import { readWaivers } from '../plan/plan-waivers';
import { findManifest, type ManifestSources, plannedImage } from '../release/find-manifest';
import { explainFailures, readIfStored, readStored } from '../shared/stored';

export interface ScanDependencies {
  readonly settings: Settings;
  /** The monorepo, which has the waivers. */
  readonly git: Pick<SourceGit, 'readFiles'>;
  readonly registry: ImageRegistry;
  readonly scanner: ImageScanner;
  readonly store: ObjectStore;
  readonly clock: Pick<Clock, 'now'>;
}

const DONE: ScanStep = { next: 'done', seconds: 0 };

/** Seconds until a scanner that is at work is asked again. */
const ASK_AGAIN = 15;

/** Minutes that a run waits whose findings are only reported. */
const REPORT_MINUTES = 3;

/** Days from today that a proposed waiver has. */
const PROPOSED_DAYS = 30;

const DAY = 24 * 3600 * 1000;

/** Images asked about at a time. */
const IMAGES_AT_ONCE = 8;

/**
 * Looks once. Throws `BuildsFailed` if a job failed, `FindingsRefused` if an image must not get its version, and `ScannerError` if the scanner
 * does not work. A promotion that is only reported never fails here. A rollback is not scanned: nothing may stand in its way.
 */
export async function scanStep(
  { run, redrives, builds }: ScanRequest,
  dependencies: ScanDependencies,
): Promise<ScanStep> {
  const { settings, store, clock } = dependencies;
  const failure = failedBuilds(await explainFailures(run, builds, store));
  if (failure !== undefined) throw failure;
  const plan = await readStored<Plan>(store, objectKeys.plan(run));
  const services = plan.services.filter(({ action }) => action !== 'keep');
  if (settings.scan === undefined || plan.action === 'rollback' || services.length === 0) return DONE;
  const { scan } = settings;
  const refuses = plan.action !== 'promote' || scan.promotions === 'block';
  const known = await readIfStored<ScanRecord>(store, objectKeys.scan(run));
  const begun: ScanRecord = { schema: 1, run, redrives, since: clock.now(), services: {}, images: {} };
  const record = known?.redrives === redrives ? known : begun;
  const gate: Omit<Gate, 'waivers'> = {
    from: scan.from,
    severity: scan.severity,
    today: dayOf(clock.now()),
    refuses,
    isWhole: services.length === plan.services.length,
  };
  const minutes = refuses ? scan.minutes : Math.min(scan.minutes, REPORT_MINUTES);
  try {
    const waivers = await readWaivers(plan, scan.waivers, dependencies);
    const looked = await look(record, services, { ...gate, waivers }, minutes, dependencies);
    await store.put(objectKeys.scan(run), JSON.stringify(looked));
    if (looked.report === undefined) return { next: 'wait', seconds: ASK_AGAIN };
    const until = dayOf(clock.now() + PROPOSED_DAYS * DAY);
    const refused = refusedScan(looked.report, { waivers: scan.waivers, until });
    if (refused !== undefined) throw refused;
  } catch (error) {
    if (refuses) throw error;
    await store.put(objectKeys.scan(run), JSON.stringify({ ...record, report: unknownReport(services, gate, error) }));
  }
  return DONE;
}

/** Returns the record with what the scanner knows by now, and with the report once nothing is waited for. */
async function look(
  record: ScanRecord,
  services: readonly PlannedService[],
  gate: Gate,
  minutes: number,
  { settings, registry, scanner, store, clock }: ScanDependencies,
): Promise<ScanRecord> {
  const limit = pLimit(IMAGES_AT_ONCE);
  const isLate = clock.now() >= record.since + minutes * 60_000;
  const located = await Promise.all(
    services.map((service) =>
      limit(
        async () =>
          [
            service.name,
            record.services[service.name] ?? (await locateImages(service, settings, { registry, store })),
          ] as const,
      ),
    ),
  );
  // Two services may have the same image, and one that was built before may be in two repositories.
  const wanted = new Map(
    located.flatMap(([, { host, repository, digests }]) =>
      digests.map((digest) => [digest, { host, repository }] as const),
    ),
  );
  const found = await Promise.all(
    [...wanted].map(([digest, name]) =>
      limit(async () => {
        const kept = record.images[digest];
        return [digest, kept ?? ended(await scanner.scan(name, digest), gate, isLate ? minutes : undefined)] as const;
      }),
    ),
  );
  const images = Object.fromEntries(found.flatMap(([digest, kept]) => (kept === undefined ? [] : [[digest, kept]])));
  const next = { ...record, services: Object.fromEntries(located), images };
  if (found.some(([, kept]) => kept === undefined)) return next;
  const scans = located.map(([service, { digests }]) => ({
    service,
    scans: digests.flatMap((digest) => images[digest] ?? []),
  }));
  return { ...next, report: judgeScan(scans, gate) };
}

/** Returns a scan that ended, or undefined for one that is waited for. `waited` is set if it was waited for long enough. */
function ended(scan: ImageScan, gate: Gate, waited: number | undefined): KeptScan | undefined {
  if (scan.kind !== 'pending') return keepScan(scan, gate);
  if (waited === undefined) return undefined;
  return { kind: 'failed', why: `not finished in ${waited} minutes: ${scan.why}` };
}

/** Returns the report of a promotion about which nothing could be found out. */
function unknownReport(services: readonly PlannedService[], gate: Omit<Gate, 'waivers'>, error: unknown): ScanReport {
  const failed = { kind: 'failed', why: messageOf(error).slice(0, 500) } as const;
  const scans = services.map(({ name }) => ({ service: name, scans: [failed] }));
  return judgeScan(scans, { ...gate, waivers: [] });
}

/** Returns the images of a service. Throws `ImageMissing` if its registry does not have it. */
async function locateImages(
  service: PlannedService,
  settings: Pick<Settings, 'releases' | 'candidates'>,
  sources: ManifestSources,
): Promise<LocatedService> {
  const { from, reference } = plannedImage(service, settings);
  const { host, repository } = from;
  const manifest = await findManifest(from, reference, sources);
  if (manifest === undefined) {
    const text = `${host}/${repository} has no ${reference}, which was to be scanned; start the run again`;
    throw new PipelineError(ERROR_NAMES.imageMissing, text);
  }
  // An index without images is asked about itself, so that the scanner refuses it.
  const images = platformImages(manifest.bytes, manifest.mediaType);
  return { host, repository, digests: images.length === 0 ? [manifest.digest] : images };
}
