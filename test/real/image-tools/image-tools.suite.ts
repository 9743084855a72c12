/** Images by the real ko and the real Jib, pushed to the embedded registry and read by the real buildx. No engine is needed. */
import { homedir } from 'node:os';
import { useCommandJobs } from '../../support/commands/command-jobs';
import { init } from '../../support/pipeline/init-catalog';
import { buildkitPrograms } from '../buildkit/buildkit-programs';
import { koFolder } from './ko-program';

let programs: string;
const jobs = useCommandJobs(async () => {
  const { paths } = await buildkitPrograms();
  programs = await koFolder();
  return `[ "$1" = buildx ] || exit 1\nshift\nexec '${paths.buildx}' "$@"`;
});

/** Go's own folders, so that nothing is compiled twice. */
const goEnv = () => ({
  PATH: `${programs}:/usr/local/go/bin`,
  GOCACHE: `${homedir()}/.cache/go-build`,
  GOFLAGS: '-mod=mod',
});

const made = /^made (sha256:[0-9a-f]{64}) for (.*)$/m;

interface Config {
  readonly config: { readonly Labels: Readonly<Record<string, string>>; readonly Entrypoint: readonly string[] };
}

/** The config of the only image of a candidate, or of the first one of its index. */
async function configOf(reference: string): Promise<Config['config']> {
  const get = async (path: string) => (await jobs.registry.ask('GET', `/v2/candidates/${path}`)).json();
  const manifest = (await get(`manifests/${reference}`)) as {
    manifests?: readonly { readonly digest: string }[];
    config?: { readonly digest: string };
  };
  const [first] = manifest.manifests ?? [];
  if (first !== undefined) return configOf(first.digest);
  return ((await get(`blobs/${manifest.config?.digest}`)) as Config).config;
}

test('ko makes an image of a Go program with our labels', async () => {
  const base = `${jobs.registry.host}/candidates:base`;
  const image = await jobs.run(['build: node tools/make-image.mjs with-labels base']);
  expect(image.result.kind).toBe('failed'); // It is pushed as the base image of the next job.
  const { result, log, source, tag } = await jobs.run(
    [`path: api`, `build: { tool: ko, env: { KO_DEFAULTBASEIMAGE: "${base}" } }`],
    {
      inputs: '[api, go.mod]',
      files: {
        'go.mod': 'module shop\n\ngo 1.26\n',
        'api/main.go': 'package main\n\nfunc main() { println("shop") }\n',
      },
      env: goEnv(),
      timeoutMs: 240_000,
    },
  );

  expect({ result, log }).toMatchObject({ result: { kind: 'succeeded' } });
  expect(made.exec(log)?.[2]).toBe('linux/amd64');
  const { Labels, Entrypoint } = await configOf(tag);
  expect(Labels).toMatchObject({
    'image-pipeline.input-digest': source.digests.get('api'),
    'org.opencontainers.image.source': 'https://git.example/shop',
  });
  expect(Entrypoint).toEqual(['/ko-app/api']);
}, 300_000);

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>shop</groupId><artifactId>api</artifactId><version>1</version>
<properties><maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target></properties>
<build><pluginManagement><plugins><plugin><groupId>com.google.cloud.tools</groupId><artifactId>jib-maven-plugin</artifactId><version>3.4.6</version>
</plugin></plugins></pluginManagement></build></project>
`;

test('Jib makes an image of a Maven project with our labels', async () => {
  const { result, log, source, tag } = await jobs.run(
    ['path: api', 'build: { tool: jib-maven, args: ["-Djib.from.image=scratch"] }'],
    {
      inputs: '[api]',
      files: {
        'api/pom.xml': POM,
        'api/src/main/java/shop/Main.java':
          'package shop;\npublic class Main { public static void main(String[] args) { System.out.println("shop"); } }\n',
      },
      env: { MAVEN_OPTS: `-Dmaven.repo.local=${homedir()}/.m2/repository` },
      timeoutMs: 240_000,
    },
  );

  expect({ result, log }).toMatchObject({ result: { kind: 'succeeded' } });
  expect((await configOf(tag)).Labels).toMatchObject({ 'image-pipeline.input-digest': source.digests.get('api') });
}, 300_000);

const project = (artifact: string, more: string) =>
  `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<parent><groupId>shop</groupId><artifactId>shop</artifactId><version>1</version></parent><artifactId>${artifact}</artifactId>${more}</project>`;
const USES_LIB =
  '<dependencies><dependency><groupId>shop</groupId><artifactId>lib</artifactId><version>1</version></dependency></dependencies>';
const JIB =
  '<build><plugins><plugin><groupId>com.google.cloud.tools</groupId><artifactId>jib-maven-plugin</artifactId></plugin></plugins></build>';
const MODULES =
  '<packaging>pom</packaging><modules><module>api</module><module>lib</module><module>web</module></modules>';

/** A Maven build of three modules. The image is that of `api`, which needs `lib`. */
const BUILD = {
  'java/pom.xml': POM.replace('<artifactId>api', '<artifactId>shop').replace('<properties>', `${MODULES}<properties>`),
  'java/api/pom.xml': project('api', USES_LIB + JIB),
  'java/api/src/main/java/shop/Main.java':
    'package shop;\npublic class Main { public static void main(String[] args) { System.out.println(new Lib()); } }\n',
  'java/lib/pom.xml': project('lib', ''),
  'java/lib/src/main/java/shop/Lib.java': 'package shop;\npublic class Lib {}\n',
  'java/web/pom.xml': project('web', ''),
  'java/web/src/main/java/shop/Web.java': 'package shop;\npublic class Web {}\n',
};

test('Jib makes an image of a Maven module and of those that it depends on, as `catalog init` writes it', async () => {
  const [service] = init(BUILD).services;
  const args = [...(service?.build?.args ?? []), '-Djib.from.image=scratch'];
  const { result, log, source, tag } = await jobs.run(
    [`path: ${service?.path}`, `build: ${JSON.stringify({ ...service?.build, args })}`],
    {
      inputs: JSON.stringify(service?.inputs),
      files: BUILD,
      env: { MAVEN_OPTS: `-Dmaven.repo.local=${homedir()}/.m2/repository` },
      timeoutMs: 240_000,
    },
  );

  expect({ result, log }).toMatchObject({ result: { kind: 'succeeded' } });
  expect((await configOf(tag)).Labels).toMatchObject({ 'image-pipeline.input-digest': source.digests.get('api') });
}, 300_000);
