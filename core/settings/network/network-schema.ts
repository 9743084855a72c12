/** The schema of the network that functions and builds run in, and of a proxy out of it. */
import * as z from 'zod';
import { text } from '../files/text';

const ec2Id = (kind: 'vpc' | 'subnet' | 'sg') =>
  text(new RegExp(`^${kind}-[0-9a-f]{8,17}$`), `an id such as ${kind}-0a1b2c3d4e5f67890`);

/** An existing VPC. Its subnets need a way to AWS, to the git host and to registries: a NAT gateway, or endpoints and a proxy. */
export const Network = z.strictObject({
  /** The VPC. @example "vpc-0a1b2c3d4e5f67890" */
  vpcId: ec2Id('vpc'),
  /** Private subnets. Lambda and CodeBuild give their machines no public address. @example ["subnet-0a1b2c3d4e5f67890", "subnet-0f9e8d7c6b5a43210"] */
  subnetIds: z.array(ec2Id('subnet')).min(1).max(16),
  /** Security groups of functions and builds. @example ["sg-0a1b2c3d4e5f67890"] */
  securityGroupIds: z.array(ec2Id('sg')).min(1).max(5),
});

export type Network = z.infer<typeof Network>;

export const OutgoingProxy = z.strictObject({
  /** The address of the proxy, without a login: settings have no secrets. @example "http://proxy.internal:3128" */
  https: text(
    /^https?:\/\/[A-Za-z0-9.-]+(:\d{1,5})?$/,
    'the address of a proxy, without a login and a path: http://proxy.internal:3128',
  ),
  /** Hosts that are reached directly, as in NO_PROXY: `git.internal`, or `.internal` for all hosts below it. @example [".internal"] */
  except: z
    .array(text(/^\.?[A-Za-z0-9*][A-Za-z0-9.*-]*(:\d{1,5})?$/, 'a host, or the end of hosts such as .internal'))
    .max(30)
    .default([]),
});

export type OutgoingProxy = z.infer<typeof OutgoingProxy>;

/** Addresses that a proxy never sees: AWS, whose SDK uses no proxy, this machine, and where a machine in AWS finds its credentials. */
const DIRECT = [
  '.amazonaws.com',
  '.amazonaws.com.cn',
  '.on.aws',
  'localhost',
  '127.0.0.1',
  '169.254.169.254',
  '169.254.170.2',
];

/** Returns the variables by which programs find the proxy; none without one. Node 24 then uses it for `fetch`, too. */
export function proxyVariables(proxy: OutgoingProxy | undefined): Readonly<Record<string, string>> {
  if (proxy === undefined) return {};
  const { https, except } = proxy;
  return { HTTPS_PROXY: https, NO_PROXY: [...DIRECT, ...except].join(','), NODE_USE_ENV_PROXY: '1' };
}

/** The path of a file on this machine. A relative one begins at the settings file's folder. */
export const CertificateFile = text(/^[^\p{Cc}]{1,1000}$/u, 'the path of a PEM file');
