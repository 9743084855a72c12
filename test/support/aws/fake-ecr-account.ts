/**
 * Amazon ECR of one account and region, by its API and by the registry protocol: the embedded registry with ECR's habits in front of
 * it. A push creates no repository, and every request needs the password that the API returns.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EcrClient } from '../../../adapters/registry/ecr/ecr-client';
import { ecrRegion } from '../../../adapters/registry/ecr/ecr-host';
import { createOciRegistry, type OciRegistryOptions } from '../../../adapters/registry/oci-registry';
import type { ImageRegistry, RepositoryName } from '../../../core/ports/registry';
import { startRegistry } from '../../../local/registry/start-registry';
import { type FaultProxy, startFaultProxy } from '../http/fault-proxy';
import type { FaultRule } from '../http/fault-proxy-rules';
import { pulledManifest } from '../registry/fake-registry-content';
import { createFakeEcr, ECR_LOGIN, type FakeEcr } from '../registry/fake-registry-ecr';
import { createFakeSts } from './fake-sts';

export interface FakeEcrAccount {
  /** `111122223333.dkr.ecr.eu-central-1.amazonaws.com`. */
  readonly host: string;
  /** The back door: `http://127.0.0.1:port`, where a push makes its repository. */
  readonly base: string;
  readonly ecr: FakeEcr;
  /** Requests by the registry protocol. */
  readonly requests: FaultProxy['requests'];
  /** `127.0.0.1:port`, where ECR answers by the registry protocol. */
  readonly front: string;
  stop(): Promise<void>;
}

/** Starts it, empty. */
export async function startFakeEcrAccount(host: string): Promise<FakeEcrAccount> {
  const directory = mkdtempSync(join(tmpdir(), 'fake-ecr-'));
  const registry = await startRegistry({ directory });
  const base = `http://${registry.host}`;
  const ecr = createFakeEcr({
    exists: (repository) =>
      ['_layers', '_manifests'].some((part) => existsSync(join(directory, 'repositories', repository, part))),
    find: (repository, reference) => pulledManifest(base, repository, reference),
    put: async (repository, reference, { bytes, mediaType }) => {
      const init = { method: 'PUT', headers: { 'content-type': mediaType }, body: bytes };
      return (await fetch(`${base}/v2/${repository}/manifests/${reference}`, init)).status === 201;
    },
  });
  const proxy = await startFaultProxy(base, habits(ecr));
  return {
    host,
    base,
    ecr,
    requests: proxy.requests,
    front: proxy.host,
    stop: async () => {
      await proxy.close();
      await registry.close();
      rmSync(directory, { recursive: true });
    },
  };
}

function habits(ecr: FakeEcr): readonly FaultRule[] {
  const login = `Basic ${Buffer.from(`${ECR_LOGIN.username}:${ECR_LOGIN.password}`).toString('base64')}`;
  const errors = JSON.stringify({ errors: [{ code: 'NAME_UNKNOWN', message: 'The repository does not exist' }] });
  return [
    {
      name: 'login',
      only: ({ headers }) => headers.authorization !== login,
      fault: { kind: 'reply', when: 'before', status: 401, headers: { 'www-authenticate': 'Basic realm="ecr"' } },
    },
    {
      name: 'no repository',
      only: ({ url = '' }) => {
        const repository = /^\/v2\/(.+?)\/(?:manifests|blobs|tags|referrers)\//.exec(url)?.[1];
        return repository !== undefined && !ecr.exists(repository);
      },
      fault: {
        kind: 'reply',
        when: 'before',
        status: 404,
        headers: { 'content-type': 'application/json' },
        body: errors,
      },
    },
  ];
}

/** Returns the clients by region and the registry protocol through which `deployedRegistry` reaches the accounts. */
export function reaching(accounts: () => readonly FakeEcrAccount[], sts = createFakeSts({}, Date.now)) {
  const named = (host: string) => accounts().find((account) => account.host === host || account.front === host);
  const there = (name: RepositoryName) => ({ ...name, host: named(name.host)?.front ?? name.host });
  return {
    ecr: (region: string): EcrClient => {
      const account = accounts().find(({ host }) => ecrRegion(host) === region);
      if (account === undefined) throw new Error(`no account in ${region}`);
      return account.ecr.client;
    },
    /** As the SDK, it asks for credentials before each call. `accessKeyId` must be that of a role of the account. */
    ecrAs: (region: string, credentials: () => Promise<{ readonly accessKeyId: string }>): EcrClient => {
      const account = accounts().find(({ host }) => ecrRegion(host) === region);
      const send = async (command: never) => {
        const { accessKeyId } = await credentials();
        if (account === undefined || accessKeyId.split(':')[4] !== account.host.slice(0, 12))
          throw new Error('AccessDeniedException');
        return account.ecr.client.send(command);
      };
      return { send } as unknown as EcrClient;
    },
    sts: () => sts.client,
    openOci: (options: OciRegistryOptions): ImageRegistry => {
      const oci = createOciRegistry({
        ...options,
        allowLoopback: true,
        credentials: (host) => options.credentials(named(host)?.host ?? host),
        putPace: async (host) => options.putPace?.(named(host)?.host ?? host),
      });
      return {
        head: (name, reference) => oci.head(there(name), reference),
        get: (name, reference) => oci.get(there(name), reference),
        config: (name, manifest) => oci.config(there(name), manifest),
        put: (name, reference, manifest) => oci.put(there(name), reference, manifest),
        copyContent: (from, to, manifest) => oci.copyContent(there(from), there(to), manifest),
        referrers: (name, digest) => oci.referrers(there(name), digest),
        blob: (name, digest) => oci.blob(there(name), digest),
        putBlob: (name, bytes) => oci.putBlob(there(name), bytes),
      };
    },
  };
}
