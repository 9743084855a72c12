/** Access to a cluster of Amazon EKS with the role of this process. */
import { DescribeClusterCommand, type EKSClient } from '@aws-sdk/client-eks';
import { SignatureV4 } from '@smithy/signature-v4';
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import type { ClusterAccess } from './cluster-access';

/** The resolved configuration of the SDK's client of STS: `new STSClient({ region }).config`. */
export interface StsConfig {
  readonly region: () => Promise<string>;
  readonly credentials: ConstructorParameters<typeof SignatureV4>[0]['credentials'];
  readonly sha256: ConstructorParameters<typeof SignatureV4>[0]['sha256'];
}

/** EKS accepts a token for 15 minutes; the URL in it is good for this time, in seconds, as in `aws eks get-token`. */
const URL_LIFE = 60;

/**
 * Returns access to the cluster of that name. Its role needs `eks:DescribeCluster` and an access entry of the cluster
 * (https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html). Throws `ClusterError`.
 */
export async function readEksAccess(
  name: string,
  eks: Pick<EKSClient, 'send'>,
  sts: StsConfig,
): Promise<ClusterAccess> {
  const { cluster } = await eks.send(new DescribeClusterCommand({ name })).catch((error: unknown) => {
    throw new PipelineError(
      ERROR_NAMES.cluster,
      `EKS cluster ${name} cannot be described: ${messageOf(error)}; check its name and region, and that the role may call eks:DescribeCluster`,
      { cause: error },
    );
  });
  const authority = cluster?.certificateAuthority?.data;
  if (cluster?.endpoint === undefined || authority === undefined)
    throw new PipelineError(
      ERROR_NAMES.cluster,
      `EKS cluster ${name} has no endpoint yet: its status is ${cluster?.status ?? 'unknown'}; wait until it is ACTIVE`,
    );
  return {
    server: new URL(cluster.endpoint),
    label: `EKS cluster ${name}`,
    tls: { ca: Buffer.from(authority, 'base64').toString('utf8') },
    login: async () => ({ authorization: `Bearer ${await eksToken(name, sts)}` }),
  };
}

/**
 * Returns a token of EKS: a presigned URL of STS's GetCallerIdentity, signed together with the name of the cluster, in base64url
 * (https://github.com/kubernetes-sigs/aws-iam-authenticator, "API Authorization from Outside a Cluster").
 */
export async function eksToken(cluster: string, sts: StsConfig, now = new Date()): Promise<string> {
  const region = await sts.region();
  const hostname = `sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  const signer = new SignatureV4({ ...sts, region, service: 'sts' });
  const request = {
    method: 'GET',
    protocol: 'https:',
    hostname,
    path: '/',
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    headers: { host: hostname, 'x-k8s-aws-id': cluster },
  };
  // A header that is not named here would move into the query, where EKS does not look for it.
  const options = { expiresIn: URL_LIFE, signingDate: now, unhoistableHeaders: new Set(['x-k8s-aws-id']) };
  const { query = {} } = await signer.presign(request, options);
  const url = `https://${hostname}/?${new URLSearchParams(query as Record<string, string>)}`;
  return `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
}
