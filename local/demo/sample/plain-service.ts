/** Services of the sample that hold no code of the team: databases, proxies, log shippers; and the web frontend. */
import type { Service } from '../../../core/catalog/model';
import { lines, type SampleFile } from './sample-file';

/** The Dockerfiles of services that are not Python. Those of the real monorepo are about as small. */
const RECIPES: Readonly<Record<string, (service: Service) => readonly SampleFile[]>> = {
  etcd: folderService,
  redis: folderService,
  minio: folderService,
  influxdb: folderService,
  phpmyadmin: folderService,
  grafana: folderService,
  'grafana-nginx': scriptService,
  mariadb: scriptService,
  mongo: scriptService,
  rabbitmq: scriptService,
  cleaninfluxdb: scriptService,
  cleanelkdb: scriptService,
  elk: argumentService,
  filebeat: argumentService,
  'thanos-receive': argumentService,
  'thanos-storegateway': argumentService,
  'thanos-query': argumentService,
  'thanos-compactor': argumentService,
  'thanos-web': argumentService,
  error_pages: stagedService,
  ngui: webService,
};

/** Returns the files of a service without Python; undefined for a Python service. */
export function plainService(service: Service): readonly SampleFile[] | undefined {
  return Object.hasOwn(RECIPES, service.name) ? RECIPES[service.name]?.(service) : undefined;
}

/** Copies a whole folder. */
function folderService(service: Service): readonly SampleFile[] {
  const { name, path } = service;
  return [
    dockerfile(service, [`COPY ${path}/conf/ /etc/${name}/`]),
    { path: `${path}/conf/${name}.conf`, content: lines(`# settings of ${name}`, 'log_level = info') },
    { path: `${path}/conf/limits.conf`, content: lines('open_files = 65536') },
  ];
}

/** Copies several files with one instruction; one of them is executable. */
function scriptService(service: Service): readonly SampleFile[] {
  const { name, path } = service;
  const script = lines('#!/bin/sh', 'set -eu', `echo "starting ${name}"`, 'exec "$@"');
  return [
    dockerfile(service, [
      `COPY ${path}/entrypoint.sh ${path}/${name}.conf /opt/${name}/`,
      `ENTRYPOINT ["/opt/${name}/entrypoint.sh"]`,
    ]),
    { path: `${path}/entrypoint.sh`, content: script, executable: true },
    { path: `${path}/${name}.conf`, content: lines(`# settings of ${name}`) },
  ];
}

/** Copies what a build argument names; the other configuration is in no image. */
function argumentService(service: Service): readonly SampleFile[] {
  const { name, path } = service;
  return [
    dockerfile(service, ['ARG CONFIG=production', `COPY ${path}/config/\${CONFIG}.yml /etc/${name}/config.yml`]),
    { path: `${path}/config/production.yml`, content: lines('replicas: 3') },
    { path: `${path}/config/laptop.yml`, content: lines('replicas: 1') },
  ];
}

/** Two stages: the second takes from the first. */
function stagedService(service: Service): readonly SampleFile[] {
  const { path } = service;
  const page = (code: number, text: string): SampleFile => ({
    path: `${path}/pages/${code}.html`,
    content: lines(`<!doctype html><title>${code}</title><p>${text}`),
  });
  return [
    {
      path: service.dockerfile,
      content: lines(
        'FROM scratch AS pages',
        `COPY ${path}/pages/*.html /pages/`,
        '',
        'FROM scratch',
        'COPY --from=pages /pages /usr/share/nginx/html',
      ),
    },
    page(404, 'There is nothing here.'),
    page(503, 'Please try again in a minute.'),
  ];
}

/** Interface and server, put together in a last stage; a stage of component stories is never built. */
function webService(service: Service): readonly SampleFile[] {
  const { path } = service;
  const file = (relative: string, content: string): SampleFile => ({ path: `${path}/${relative}`, content });
  return [
    file('README.md', lines('# ngui', '', 'The web interface of the sample.')),
    file('server/package.json', lines('{ "name": "ngui-server", "private": true }')),
    file('server/server.ts', lines("import { createServer } from 'node:http';", '', 'createServer().listen(4000);')),
    file('stories/table.stories.tsx', lines("export default { title: 'Table' };")),
    file('ui/package.json', lines('{ "name": "ngui-ui", "private": true }')),
    file('ui/src/index.tsx', lines("document.title = 'Cloud-Tuner';")),
    {
      path: service.dockerfile,
      content: lines(
        'FROM scratch AS builder',
        'WORKDIR /usr/src/app',
        `COPY ${path}/ui/ ./ui/`,
        `COPY ${path}/server/ ./server/`,
        '',
        'FROM scratch AS stories',
        `COPY ${path}/stories /stories`,
        '',
        'FROM scratch',
        'WORKDIR /usr/src/app',
        'COPY --from=builder /usr/src/app/ui ./ui',
        'COPY --from=builder /usr/src/app/server ./server',
        'EXPOSE 4000',
        'CMD ["node", "server/server.js"]',
      ),
    },
  ];
}

function dockerfile(service: Service, instructions: readonly string[]): SampleFile {
  const label = `LABEL org.opencontainers.image.title="${service.name}"`;
  return { path: service.dockerfile, content: lines('FROM scratch', label, instructions) };
}
