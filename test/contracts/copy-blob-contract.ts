/** Copies of layers between registries resume after a broken connection, or start again. Run on any registry. */
import { statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { noCredentials } from '../../adapters/registry/client/credentials';
import { createOciRegistry } from '../../adapters/registry/oci-registry';
import { type FaultProxy, startFaultProxy } from '../support/http/fault-proxy';
import type { FaultRule } from '../support/http/fault-proxy-rules';
import { createStillClock } from '../support/pipeline/memory-state';
import { imageOf, missingFrom, pushContent, sha256 } from '../support/registry/fake-registry-content';

/** Large enough that a connection breaks in the middle of a layer, after some of it has been stored. */
const PART = 64 * 1024;
const layer = Buffer.alloc(6 * PART + 7, 'not all bytes are alike ');
const content = imageOf('resumed', { layers: [layer] });
const repository = 'team/image';
const layerPath = new RegExp(`/blobs/${sha256(layer)}$`);

/** A registry whose folder the test can read. */
export interface RegistryOnDisk {
  readonly host: string;
  /** Files of uploads that are not finished. */
  uploads(): readonly string[];
  /** False if it forgets an upload whose connection broke: docker-registry 2.8 calls its own state of it out of step. */
  readonly keepsBrokenUploads: boolean;
  stop(): Promise<void>;
}

interface Copied {
  readonly from: FaultProxy;
  readonly to: FaultProxy;
  readonly missing: readonly string[];
}

/** Bytes of the layer that the destination must have before a connection breaks, so that the upload can be resumed. */
const ARRIVED = PART;

const ranges = ({ requests }: FaultProxy) =>
  requests.filter(({ method }) => method === 'PATCH').map(({ headers }) => String(headers['content-range']));
const isLarge: FaultRule['only'] = ({ headers }) => Number(headers['content-length'] ?? 0) > PART;

/** Defines the suite. `start` returns an empty registry; it is called twice. */
export function describeBlobCopies(name: string, start: () => Promise<RegistryOnDisk>): void {
  describe(`blob copies: ${name}`, () => {
    let source: RegistryOnDisk;
    let destination: RegistryOnDisk;
    let earlier: ReadonlySet<string>;
    let counter = 0;

    beforeAll(async () => {
      [source, destination] = [await start(), await start()];
      await pushContent(`http://${source.host}`, repository, content, 'v1');
    });
    afterAll(async () => {
      await Promise.all([source?.stop(), destination?.stop()]);
    });
    beforeEach(() => {
      earlier = new Set(destination.uploads());
    });

    /** Resolves when an upload that this test began has that much at the destination. */
    async function arrived(): Promise<void> {
      for (;;) {
        const begun = destination.uploads().filter((file) => !earlier.has(file));
        const sizes = begun.map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
        if (Math.max(0, ...sizes) >= ARRIVED) return;
        await setTimeout(5);
      }
    }

    async function copy(sourceRules: readonly FaultRule[], destinationRules: readonly FaultRule[]): Promise<Copied> {
      counter += 1;
      const from = await startFaultProxy(`http://${source.host}`, sourceRules);
      const to = await startFaultProxy(`http://${destination.host}`, destinationRules);
      const registry = createOciRegistry({
        credentials: noCredentials,
        clock: createStillClock(),
        random: () => 1,
        allowLoopback: true,
      });
      try {
        const target = { host: to.host, repository: `copy-${counter}/image` };
        await registry.copyContent({ host: from.host, repository }, target, content.manifest);
        const missing = await missingFrom(`http://${destination.host}`, target.repository, content);
        return { from, to, missing: missing.filter((digest) => digest !== content.manifest.digest) };
      } finally {
        await Promise.all([from.close(), to.close()]);
        expect([...from.unfired(), ...to.unfired()]).toEqual([]);
      }
    }

    test('an upload that breaks off continues after the bytes that the registry has', async () => {
      const cut: FaultRule = {
        name: 'cut',
        method: 'PATCH',
        nth: 1,
        only: isLarge,
        fault: { kind: 'cut-request', bytes: 3 * PART, hold: arrived },
      };

      const { to, missing } = await copy([], [cut]);

      expect(missing).toEqual([]);
      const starts = ranges(to).map((range) => Number(range.split('-')[0]));
      // If the registry forgets the upload, it starts again.
      if (destination.keepsBrokenUploads) expect(Math.max(...starts)).toBeGreaterThanOrEqual(ARRIVED);
      else expect(starts.filter((first) => first === 0).length).toBeGreaterThan(1);
    });

    test('a download that breaks off is resumed with a range', async () => {
      const cut: FaultRule = {
        name: 'cut',
        path: layerPath,
        method: 'GET',
        nth: 1,
        fault: { kind: 'truncate', bytes: 2 * PART, hold: arrived },
      };

      const { from, to, missing } = await copy([cut], []);

      expect(missing).toEqual([]);
      const starts = from.requests.map(({ headers }) => Number(/^bytes=(\d+)-$/.exec(`${headers.range}`)?.[1] ?? 0));
      expect(Math.max(...starts)).toBeGreaterThanOrEqual(ARRIVED);
      // The upload was not interrupted: there is one request for the config and one for the layer.
      expect(ranges(to)).toHaveLength(2);
    });

    test('a download is resumed even if the registry does not support ranges', async () => {
      const cut: FaultRule = {
        name: 'cut',
        method: 'GET',
        path: layerPath,
        nth: 1,
        fault: { kind: 'truncate', bytes: 2 * PART, hold: arrived },
      };
      const ignore: FaultRule = {
        name: 'ignore ranges',
        method: 'GET',
        only: ({ headers }) => headers.range !== undefined && delete headers.range,
        fault: { kind: 'headers', set: {} },
      };

      const { to, missing } = await copy([cut, ignore], []);

      expect(missing).toEqual([]);
      expect(ranges(to)).toHaveLength(2);
    });

    test('an upload that the registry has forgotten starts again', async () => {
      const reset: FaultRule = {
        name: 'reset',
        method: 'PATCH',
        nth: 1,
        only: isLarge,
        fault: { kind: 'reset', when: 'after' },
      };
      const forgotten: FaultRule = {
        name: 'forgotten',
        method: 'GET',
        path: /\/uploads\//,
        fault: { kind: 'reply', when: 'before', status: 404 },
      };

      const { to, missing } = await copy([], [reset, forgotten]);

      expect(missing).toEqual([]);
      expect(to.requests.filter(({ method }) => method === 'POST')).toHaveLength(3);
    });

    test('an upload that is out of step (416) continues at the offset that the registry names', async () => {
      const outOfStep: FaultRule = {
        name: 'out of step',
        method: 'PATCH',
        nth: 1,
        only: isLarge,
        fault: { kind: 'reply', when: 'after', status: 416 },
      };

      const { to, missing } = await copy([], [outOfStep]);

      expect(missing).toEqual([]);
      const asked = to.requests.filter(({ method, url }) => method === 'GET' && url.includes('/uploads/'));
      expect(asked).toHaveLength(1);
      // All of it had arrived: it is ended, and nothing is sent twice, unless the registry does not know its own state.
      expect(ranges(to)).toHaveLength(destination.keepsBrokenUploads ? 2 : 3);
    });

    test('an upload that stays out of step starts again', async () => {
      const outOfStep: FaultRule = {
        name: 'out of step',
        method: 'PATCH',
        nth: 1,
        only: isLarge,
        fault: { kind: 'reply', when: 'before', status: 416 },
      };

      const { to, missing } = await copy([], [outOfStep]);

      expect(missing).toEqual([]);
      expect(to.requests.filter(({ method }) => method === 'POST')).toHaveLength(3);
    });

    test('a layer that was damaged on its way is sent again', async () => {
      const flip: FaultRule = {
        name: 'flip',
        method: 'GET',
        path: /\/blobs\//,
        nth: [1, 2],
        fault: { kind: 'flip', offset: 10 },
      };

      expect((await copy([flip], [])).missing).toEqual([]);
    });

    test.each(['before', 'after'] as const)(
      'an upload whose end is lost %s the registry saw it is complete in the end',
      async (when) => {
        const lost: FaultRule = {
          name: 'lost',
          method: 'PUT',
          path: /\/uploads\//,
          nth: [1, 2],
          fault: { kind: 'reset', when },
        };

        expect((await copy([], [lost])).missing).toEqual([]);
      },
    );

    test('a registry that refuses mounts gets the bytes', async () => {
      const refused: FaultRule = {
        name: 'refused',
        method: 'POST',
        path: /\?mount=/,
        only: (request) => {
          request.url = request.url?.replace(/\?.*/, '');
          return true;
        },
        fault: { kind: 'headers', set: {} },
      };
      const proxy = await startFaultProxy(`http://${source.host}`, [refused]);
      const registry = createOciRegistry({
        credentials: noCredentials,
        clock: createStillClock(),
        allowLoopback: true,
      });

      await registry.copyContent(
        { host: proxy.host, repository },
        { host: proxy.host, repository: 'unmounted' },
        content.manifest,
      );
      await proxy.close();

      expect(proxy.unfired()).toEqual([]);
      expect(proxy.requests.some(({ method }) => method === 'PATCH')).toBe(true);
      expect(await missingFrom(`http://${source.host}`, 'unmounted', content)).toEqual([content.manifest.digest]);
    });

    test('a layer that the source has lost is an error with its digest, and no manifest is put', async () => {
      const gone: FaultRule = {
        name: 'gone',
        method: 'GET',
        path: /\/blobs\//,
        fault: {
          kind: 'reply',
          when: 'before',
          status: 404,
          body: '{"errors":[{"code":"BLOB_UNKNOWN","message":"gone"}]}',
        },
      };

      await expect(copy([gone], [])).rejects.toThrow(/^GET \S+\/blobs\/sha256:\w+: 404 BLOB_UNKNOWN: gone$/);
    });

    test('an upload location on a link-local address is refused', async () => {
      const sent: FaultRule = {
        name: 'sent away',
        method: 'POST',
        fault: { kind: 'headers', set: { location: 'http://169.254.169.254/upload?X-Amz-Signature=secret' } },
      };

      const copied = copy([], [sent]);

      await expect(copied).rejects.toThrow(
        /LOCATION: the upload location http:\/\/169\.254\.169\.254\/upload\?X-Amz-Signature=\*\*\*/,
      );
    });
  });
}
