/** A local pipeline of four services with an environment on a fake cluster, and an address whose answers tests decide. */
import { createServer } from 'node:http';
import { type FakeNamespace, startFakeNamespace } from '../cluster/fake-namespace';
import { listen } from '../http/listen';
import { makeSmallPipeline, type SmallPipeline } from './small-pipeline';

export interface RolloutPipeline extends SmallPipeline {
  readonly namespace: FakeNamespace;
  /** Answers of the checked address from now on, the last one for good. Default: 200. */
  answer(...statuses: readonly number[]): void;
  /** How often the address was asked. */
  asked(): number;
  /** Called at each request of the checked address. */
  onCheck(work: () => void): void;
  close(): Promise<void>;
}

/** `environments` gets the addresses of the cluster and of the check. The lock of the environment is beside `chart/values.yaml`. */
export async function makeRolloutPipeline(
  settings: (world: { readonly cluster: string; readonly url: string }) => object,
  lockFile = 'chart/version-lock.yaml',
): Promise<RolloutPipeline> {
  let statuses: readonly number[] = [200];
  let count = 0;
  let onCheck: () => void = () => undefined;
  const server = createServer((_, response) => {
    count += 1;
    onCheck();
    const [status = 200, ...rest] = statuses;
    if (rest.length > 0) statuses = rest;
    response.statusCode = status;
    response.end('{"status":"up"}');
  });
  const listening = await listen(server);
  const url = `${listening.url}/health`;
  const place = { lock: () => '' };
  const namespace = await startFakeNamespace(() => place.lock());
  const pipeline = await makeSmallPipeline(settings({ cluster: namespace.address, url }));
  place.lock = () => pipeline.read(lockFile);
  namespace.setImages(`${pipeline.registry}/team`);
  return {
    ...pipeline,
    namespace,
    answer: (...next) => {
      statuses = next;
    },
    asked: () => count,
    onCheck: (work) => {
      onCheck = work;
    },
    close: async () => {
      await namespace.close();
      await listening.stop();
      pipeline.remove();
    },
  };
}

/** The settings of one environment, deployed by something else, with a health check. */
export function oneEnvironment(part: object = {}) {
  return ({ cluster, url }: { readonly cluster: string; readonly url: string }) => ({
    valuesFile: undefined,
    environments: [
      {
        name: 'staging',
        values: 'chart/values.yaml',
        deploy: { with: 'nothing', cluster, namespace: 'staging', minutes: 0.1 },
        verify: { health: { url, seconds: 1, retries: 1, expect: { json: { status: 'up' } } } },
        onFailure: 'rollback',
        ...part,
      },
    ],
  });
}
