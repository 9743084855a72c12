/** What lies around the services of the sample: chart, ignore files, documentation. */
import type { Catalog } from '../../core/catalog/catalog';
import { lines, type SampleFile } from './sample-file';
import { valuesFile } from './values-file';

/** The Helm chart whose values file has the path. */
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
