/**
 * The sample's values file in the shape of the real one: one anchored tag at the top, an alias of it for nearly every service, names
 * that are anchors themselves, an empty `id`, and a few tags of their own.
 */
import type { Service } from '../../core/catalog/catalog';
import { InvalidInputError } from '../../core/errors';
import { parseValuesPath } from '../../core/values/values-path';
import { identifier, lines } from './sample-file';

/** Before the first release nothing has a version; upstream's chart says `local` for images built on the machine itself. */
const PLACEHOLDER = 'local';
/** Upstream gives these two a literal tag where all others follow the anchor. */
const LITERAL = ['cleaninfluxdb', 'cleanelkdb'];

/** A key's place in the file: keys below it, or the service whose tag it is. */
interface Block {
  readonly keys: Map<string, Block>;
  service?: Service;
}

/** The text of the values file. Throws `InvalidInput` for a path with a list in it, which the sample's chart does not have. */
export function valuesFile(services: readonly Service[]): string {
  const root: Block = { keys: new Map() };
  for (const service of services) for (const path of service.values) place(root, service, path);
  return lines(
    '# Default values of the sample chart.',
    '# A service follows the platform version by the alias `*tag`; one with a version of its own names it.',
    '',
    `tag: &tag ${PLACEHOLDER}`,
    '',
    [...root.keys].flatMap(([key, block]) => [...print(key, block, ''), '']),
    clusterSettings(),
  );
}

function place(root: Block, service: Service, path: string): void {
  let block = root;
  for (const step of parseValuesPath(path) ?? []) {
    if (typeof step !== 'string') throw listRefusal(service, path);
    const next = block.keys.get(step) ?? { keys: new Map() };
    block.keys.set(step, next);
    block = next;
  }
  block.service = service;
}

function listRefusal({ name }: Service, path: string): InvalidInputError {
  const message = `${path} leads into a list; the sample's chart has keys only`;
  return new InvalidInputError('no sample can be made of this catalog', [{ path: `services.${name}.values`, message }]);
}

function print(key: string, block: Block, indent: string): readonly string[] {
  const label = /^[A-Za-z_][\w-]*$/.test(key) ? key : JSON.stringify(key);
  if (block.service !== undefined) return [`${indent}${label}: ${tagOf(block.service)}`];
  const inner = `${indent}  `;
  const own = block.keys.get('image')?.keys.get('tag')?.service;
  const parts = [...block.keys].flatMap(([name, child]) => print(name, child, inner));
  if (key === 'image')
    return [`${indent}image:`, ...imageKeys(block, inner), ...parts, `${inner}pullPolicy: IfNotPresent`];
  if (own === undefined) return [`${indent}${label}:`, ...parts];
  return [`${indent}${label}:`, ...serviceHead(own, inner), ...parts, ...serviceTail(own, inner)];
}

function tagOf({ name, versioning, version }: Service): string {
  if (versioning === 'independent') return version ?? PLACEHOLDER;
  return LITERAL.includes(name) ? PLACEHOLDER : '*tag';
}

function imageKeys({ keys }: Block, indent: string): readonly string[] {
  const service = keys.get('tag')?.service;
  if (service === undefined) return [];
  const repository = `${indent}repository: ${hasAnchor(service) ? `*${anchorOf(service)}` : service.image}`;
  return isScheduled(service) ? [repository] : [`${indent}id:`, repository];
}

/** Kubernetes names have no underscore, so only some services can use their image's name for themselves. */
function hasAnchor({ image }: Service): boolean {
  return /^[a-z0-9-]+$/.test(image);
}

function anchorOf({ image }: Service): string {
  return `${identifier(image)}_name`;
}

function isScheduled({ categories }: Service): boolean {
  return categories?.includes('B') ?? false;
}

function serviceHead(service: Service, indent: string): readonly string[] {
  const kubernetesName = service.image.replace(/[^a-z0-9]+/g, '-');
  const name = hasAnchor(service) ? `&${anchorOf(service)} ${kubernetesName}` : kubernetesName;
  return [`${indent}name: ${name}`, `${indent}replicaCount: 1`];
}

function serviceTail(service: Service, indent: string): readonly string[] {
  if (isScheduled(service)) return [`${indent}startingDeadlineSeconds: 100`, `${indent}schedule: "*/5 * * * *"`];
  const env = service.name === 'ngui' ? [`${indent}env:`, `${indent}  build_mode:`, `${indent}  ganalytics_id:`] : [];
  if (!hasAnchor(service)) return env;
  const port = [`${indent}  type: ClusterIP`, `${indent}  externalPort: 80`];
  return [`${indent}service:`, `${indent}  name: *${anchorOf(service)}`, ...port, ...env];
}

function clusterSettings(): readonly string[] {
  return [
    '# the cluster',
    'docker_registry:',
    'docker_tag:',
    'release: "1.0"',
    'public_port: 443',
    'clusterDomain: cluster.local',
    'token_expiration: 168 # hours',
    'overlay_list: ""',
  ];
}
