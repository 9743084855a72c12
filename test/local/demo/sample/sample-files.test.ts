import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Copy, DockerfileParser } from 'dockerfile-ast';
import { isAlias, parse, parseDocument } from 'yaml';
import type { Service } from '../../../../core/catalog/model';
import { parseCatalog } from '../../../../core/catalog/parse-catalog';
import { sampleFiles } from '../../../../local/demo/sample/sample-monorepo';

const VALUES = 'cloud-tuner-dev/values.yaml';
const text = readFileSync(join(__dirname, '../../../../catalogs/cloud-tuner.yaml'), 'utf8');
const catalog = parseCatalog(text);
const all = sampleFiles(catalog, text, VALUES);
const contents = new Map(all.map(({ path, content }) => [path, content]));

/** Sources that a Dockerfile copies from the repository, with the sample's one kind of build argument filled in. */
function copiedBy({ dockerfile }: Service): readonly string[] {
  const parsed = DockerfileParser.parse(contents.get(dockerfile) ?? '');
  return parsed
    .getInstructions()
    .filter((instruction): instruction is Copy => instruction instanceof Copy && instruction.getFromFlag() === null)
    .flatMap((copy) => copy.getArguments().slice(0, -1))
    .map((source) =>
      source
        .getValue()
        .replaceAll('$' + '{CONFIG}', 'production')
        .replace(/\/$/, ''),
    );
}

/** Files of the sample that a source stands for: a file, a folder, or a glob in the last part. */
function filesOf(source: string): readonly string[] {
  const glob = new RegExp(`^${source.replace(/[.]/g, '\\.').replace('*', '[^/]*')}$`);
  return [...contents.keys()].filter((path) => glob.test(path) || path.startsWith(`${source}/`));
}

function dependentsOf(module: string): readonly string[] {
  const path = catalog.modules.find(({ name }) => name === module)?.path ?? '';
  return catalog.services.filter((service) => copiedBy(service).includes(path)).map(({ name }) => name);
}

describe('Dockerfiles of the sample', () => {
  test.each(catalog.services.map((service) => [service.name, service] as const))(
    '%s copies what there is',
    (_name, service) => {
      const sources = copiedBy(service);

      expect(sources).not.toEqual([]);
      expect(sources.filter((source) => filesOf(source).length === 0)).toEqual([]);
      expect(sources.some((source) => source.startsWith(`${service.path}/`))).toBe(true);
    },
  );

  test('need no network: every image begins from nothing, and no instruction runs a program', () => {
    const instructions = catalog.services.flatMap(({ dockerfile }) =>
      DockerfileParser.parse(contents.get(dockerfile) ?? '').getInstructions(),
    );
    const bases = instructions.filter((instruction) => instruction.getKeyword() === 'FROM');

    expect(new Set(bases.map((from) => from.getArguments()[0]?.getValue()))).toEqual(new Set(['scratch']));
    expect(instructions.filter((instruction) => ['RUN', 'ADD'].includes(instruction.getKeyword()))).toEqual([]);
  });

  test.each(catalog.modules.filter(({ path }) => path.startsWith('tools/')).map(({ name }) => name))(
    'copy %s exactly where the catalog declares it',
    (module) => {
      const declared = catalog.services.filter(({ dependencies }) => dependencies.includes(module));

      expect(dependentsOf(module)).toEqual(declared.map(({ name }) => name));
    },
  );

  test('ten services depend on cloud_adapter', () => {
    expect(dependentsOf('cloud_adapter')).toHaveLength(10);
  });

  test('copy client modules that no service declares', () => {
    expect(dependentsOf('config_client').length).toBeGreaterThan(40);
    expect(dependentsOf('rest_api_client').length).toBeGreaterThan(30);
    expect(
      catalog.services.flatMap(({ dependencies }) => dependencies).filter((name) => /_client$/.test(name)),
    ).toEqual([]);
  });

  test('have the forms of real ones', () => {
    const dockerfiles = catalog.services.map(({ dockerfile }) => contents.get(dockerfile) ?? '').join('\n');

    expect(dockerfiles).toMatch(/^COPY --from=builder /m);
    expect(dockerfiles).toMatch(/^COPY insider\/\*\.py insider\/$/m);
    expect(dockerfiles).toMatch(/^ARG CONFIG=/m);
    expect(dockerfiles).toMatch(/^COPY \S+ \S+ \S+\/$/m);
    expect(dockerfiles).toMatch(/ \\$/m);
  });

  test('leave some files out of every image, so that a change of those builds nothing', () => {
    const copied = new Set(catalog.services.flatMap(copiedBy).flatMap(filesOf));

    for (const path of ['README.md', 'auth/README.md', 'auth/tests/test_main.py', 'docs/services.md', VALUES]) {
      expect(contents.has(path)).toBe(true);
      expect(copied.has(path)).toBe(false);
    }
  });
});

describe('the values file of the sample', () => {
  const values = contents.get(VALUES) ?? '';
  const document = parseDocument(values);

  test.each(catalog.services.flatMap((service) => service.values.map((path) => [path, service] as const)))(
    '%s is there and follows the right version',
    (path, { name, versioning, version }) => {
      const node = document.getIn(String(path).split('.'), true);
      const literal = ['cleaninfluxdb', 'cleanelkdb'].includes(name);

      expect(node).toBeDefined();
      expect(isAlias(node)).toBe(versioning === 'platform' && !literal);
      if (versioning === 'independent') expect(node).toMatchObject({ value: version });
      if (literal) expect(node).toMatchObject({ value: 'local' });
    },
  );

  test('has one anchored tag at the top, before every alias', () => {
    expect(values.match(/&tag /g)).toHaveLength(1);
    expect(values.indexOf('tag: &tag ')).toBeLessThan(values.indexOf('tag: *tag'));
    expect(document.errors).toEqual([]);
  });

  test('has comments, names that are anchors, and empty ids', () => {
    expect(values).toMatch(/^# /m);
    expect(values).toContain('name: &etcd_name etcd');
    expect(values).toContain('repository: *etcd_name');
    expect(parse(values).etcd.image).toEqual({
      id: null,
      repository: 'etcd',
      tag: 'local',
      pullPolicy: 'IfNotPresent',
    });
    expect(parse(values).grafana.grafana_nginx.image.repository).toBe('grafana_nginx');
  });
});

describe('the files of the sample', () => {
  test('are the same every time', () => {
    expect(sampleFiles(parseCatalog(text), text, VALUES)).toEqual(all);
  });

  test('are text with a final newline or empty, each path once and in order', () => {
    const paths = all.map(({ path }) => path);

    expect(paths).toEqual([...new Set(paths)].sort());
    expect(all.filter(({ content }) => content !== '' && !content.endsWith('\n'))).toEqual([]);
  });

  test('contain every module as a Python package', () => {
    for (const { path } of catalog.modules) {
      expect([...contents.keys()]).toEqual(expect.arrayContaining([`${path}/__init__.py`, `${path}/setup.py`]));
    }
  });

  test('contain the catalog unchanged', () => {
    expect(contents.get('pipeline.yaml')).toBe(text);
  });
});
