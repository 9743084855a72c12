/** The files around the services of the sample: chart, ignore files, documentation. */
import type { Catalog, Service } from '../../../core/catalog/model';
import { InvalidInputError } from '../../../core/contract/errors';
import { parseValuesPath } from '../../../core/values/values-path';
import { identifier, lines, type SampleFile } from './sample-file';

/** Returns the Helm chart whose values file has the path. */
export function chartFiles({ services }: Catalog, path: string): readonly SampleFile[] {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const name = folder.split('/').at(-2) ?? 'sample';
  return [
    {
      path: `${folder}Chart.yaml`,
      content: lines('apiVersion: v2', `name: ${name}`, 'type: application', 'version: 0.1.0'),
    },
    { path: `${folder}templates/deployments.yaml`, content: DEPLOYMENTS },
    { path, content: valuesFile(services) },
  ];
}

/** One deployment for every block that has an image. */
const DEPLOYMENTS = lines(
  '{{- range $key, $config := .Values }}',
  '{{- if and (kindIs "map" $config) (hasKey $config "image") }}',
  '---',
  'apiVersion: apps/v1',
  'kind: Deployment',
  'metadata:',
  '  name: {{ $config.name }}',
  'spec:',
  '  replicas: {{ $config.replicaCount }}',
  '  selector:',
  '    matchLabels: { app: {{ $config.name }} }',
  '  template:',
  '    metadata:',
  '      labels: { app: {{ $config.name }} }',
  '    spec:',
  '      containers:',
  '        - name: {{ $config.name }}',
  '          image: "{{ $config.image.repository }}:{{ $config.image.tag }}"',
  '          imagePullPolicy: {{ $config.image.pullPolicy }}',
  '{{- end }}',
  '{{- end }}',
);

/** Ignore files and documentation. The ignore file leaves out what upstream's leaves out. */
export function documentFiles({ services, modules }: Catalog): readonly SampleFile[] {
  return [
    { path: '.dockerignore', content: DOCKERIGNORE },
    { path: '.gitignore', content: lines('__pycache__/', 'node_modules/', '*.egg-info/') },
    {
      path: 'README.md',
      content: lines(
        '# Cloud-Tuner, a sample',
        '',
        `${services.length} services and ${modules.length} shared modules, made from a catalog to try the pipeline on.`,
        'Every Dockerfile builds without network: `docker build --file auth/Dockerfile .`',
      ),
    },
    {
      path: 'docs/services.md',
      content: lines(
        '# Services',
        '',
        services.map(({ name, path }) => `- ${name}: \`${path || '.'}\``),
      ),
    },
  ];
}

const DOCKERIGNORE = lines(
  '.git',
  '.idea',
  '.vscode',
  '',
  '**/.env.sample',
  '**/node_modules',
  '**/npm-debug.*',
  '**/__pycache__',
  '',
  '.dockerignore',
  '.gitignore',
  'docker-compose.*',
  'Dockerfile',
  'README.*',
);

// * The sample's values file in the shape of the real one: one anchored tag at the top, an alias of it for nearly every service, names
// that are anchors themselves, an empty `id`, and a few tags of their own.

/** Before the first release nothing has a version; upstream's chart says `local` for images built on the machine itself. */
const PLACEHOLDER = 'local';

/** Upstream gives these two a literal tag where all others follow the anchor. */
const LITERAL = ['cleaninfluxdb', 'cleanelkdb'];

/** A key's place in the file: keys below it, or the service whose tag it is. */
interface Block {
  readonly keys: Map<string, Block>;
  service?: Service;
}

/** Returns the values file. Throws `InvalidInput` for a path with a list in it, which the sample's chart does not have. */
function valuesFile(services: readonly Service[]): string {
  const root: Block = { keys: new Map() };
  for (const service of services) {
    for (const each of service.values) place(root, service, typeof each === 'string' ? each : each.path);
  }
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
