// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of CIs
/** `catalog init` knows images that no Dockerfile makes. What it writes can be planned as it is. */
import type { Files } from '../../../support/docker/docker-context';
import { dockerfiles, GRADLE, init, JIB, MAIN, made, POM } from '../../../support/pipeline/init-catalog';

const skaffold = (artifact: string) => `build: { artifacts: [{ image: team/shop-api, ${artifact} }] }`;

describe('an image is made by', () => {
  test.each<[string, Files, object]>([
    ['Jib for Maven, as pom.xml says', { 'api/pom.xml': POM(JIB) }, { tool: 'jib-maven', path: 'api', name: 'api' }],
    ['Jib for Gradle, as build.gradle says', { 'api/build.gradle': GRADLE }, { tool: 'jib-gradle', path: 'api' }],
    [
      'the .NET SDK, as a project says',
      { 'api/Api.csproj': '<Project><ContainerRepository>team/shop-api</ContainerRepository></Project>' },
      { tool: 'dotnet', path: 'api', image: 'shop-api' },
    ],
    [
      'ko, as .ko.yaml says',
      {
        'go.mod': 'module x.org/shop\n',
        'cmd/api/main.go': MAIN,
        '.ko.yaml': 'builds: [{ id: shop-api, main: ./cmd/api }]',
      },
      { tool: 'ko', path: 'cmd/api', image: 'shop-api' },
    ],
    [
      'ko, as a manifest says',
      {
        'go.mod': 'module x.org/shop\n',
        'cmd/api/main.go': MAIN,
        '.ko.yaml': 'defaultBaseImage: x',
        'config/api.yaml': 'image: ko://x.org/shop/cmd/api',
      },
      { tool: 'ko', path: 'cmd/api', image: 'api' },
    ],
    [
      'ko, as a workflow says that is called after Skaffold',
      {
        'go.mod': 'module x.org/shop\n',
        'cmd/api/main.go': MAIN,
        '.github/workflows/skaffold.yml': 'jobs: { b: { steps: [{ run: ko build ./cmd/api }] } }',
      },
      { tool: 'ko', path: 'cmd/api' },
    ],
    [
      'ko, as a Makefile says',
      { 'go.mod': 'module x.org/shop\n', 'cmd/api/main.go': MAIN, Makefile: 'image:\n\tko build --bare ./cmd/api\n' },
      { tool: 'ko', path: 'cmd/api' },
    ],
    ['Nixpacks, as nixpacks.toml says', { 'api/nixpacks.toml': '', 'api/x.js': '' }, { tool: 'nixpacks', path: 'api' }],
    [
      'Buildpacks, as a workflow says',
      {
        'api/x.js': '',
        '.github/workflows/x.yml':
          'jobs: { b: { steps: [{ run: "pack build ghcr.io/t/shop-api:$TAG --path api --builder paketobuildpacks/builder-jammy-base" }] } }',
      },
      { tool: 'buildpacks', image: 'shop-api', args: ['--builder', 'paketobuildpacks/builder-jammy-base'] },
    ],
    [
      'the .NET SDK, as a pipeline says',
      {
        'src/Api/Api.csproj': '<Project Sdk="Microsoft.NET.Sdk.Web"/>',
        '.gitlab-ci.yml':
          'b: { script: ["dotnet publish src/Api -t:PublishContainer -p:ContainerRepository=shop-api"] }',
      },
      { tool: 'dotnet', path: 'src/Api', image: 'shop-api' },
    ],
    [
      'a target of a bake file with its Dockerfile in it',
      {
        'docker-bake.hcl': 'target "api" {\n  context = "src"\n  dockerfile-inline = "FROM scratch\\nCOPY . /"\n}\n',
        'src/x': '1',
        other: '1',
      },
      { tool: 'bake', name: 'api', reads: ['docker-bake.hcl', 'src/x'] },
    ],
  ])('%s', (_, files, expected) => {
    expect(made(files)).toEqual([expect.objectContaining(expected)]);
  });

  test.each<[string, Files, string, object]>([
    ['Maven', { 'api/pom.xml': POM('') }, 'context: api, jib: {}', { tool: 'jib-maven', path: 'api' }],
    [
      'Gradle',
      { 'api/build.gradle.kts': '' },
      'context: api, jib: { args: [-Pprod] }',
      { tool: 'jib-gradle', args: ['-Pprod'] },
    ],
    [
      'ko',
      { 'api/go.mod': 'module x\n', 'api/cmd/main.go': MAIN },
      'context: api, ko: { main: ./cmd }',
      { tool: 'ko', path: 'api/cmd' },
    ],
    [
      'Buildpacks',
      { 'api/x.js': '' },
      'context: api, buildpacks: { builder: "b:1", env: [A=1] }',
      { tool: 'buildpacks', args: ['--builder', 'b:1', '--env', 'A=1'] },
    ],
    [
      'a command',
      { 'api/make.sh': '', 'api/a.go': '', 'api/readme.md': '' },
      'context: api, custom: { buildCommand: ./make.sh, dependencies: { paths: ["**/*.go"] } }',
      { tool: 'sh -e -c cd api\n./make.sh', reads: ['api/a.go', 'api/make.sh'] },
    ],
  ])('what Skaffold says: %s', (_, files, artifact, expected) => {
    expect(made({ ...files, 'skaffold.yaml': skaffold(artifact) })).toEqual([
      expect.objectContaining({ image: 'shop-api', ...expected }),
    ]);
  });
});

describe('a hint is only a comment', () => {
  test.each<[string, Files, RegExp]>([
    [
      'settings of ko without a program',
      { '.ko.yaml': 'defaultBaseImage: x' },
      /\.ko\.yaml: images that ko .* tool: ko/,
    ],
    [
      'a plugin for modules below',
      { 'pom.xml': POM(`<pluginManagement>${JIB}</pluginManagement>`) },
      /pom\.xml: images that Jib/,
    ],
    ['a plugin for projects below', { 'build.gradle': `subprojects { ${GRADLE} }` }, /build\.gradle: images that Jib/],
    ['a plugin in a comment', { 'x/pom.xml': POM(`<!-- ${JIB} -->`) }, /x\/pom\.xml: images that Jib/],
    ['a Procfile', { 'web/Procfile': 'web: run\n' }, /web\/Procfile: images that Buildpacks/],
    [
      'the host of Aspire',
      { 'a/A.csproj': '<IsAspireHost>true</IsAspireHost>' },
      /a\/A\.csproj: images that the \.NET SDK/,
    ],
    [
      'two projects of a folder',
      { 'a/A.csproj': '<ContainerFamily>alpine</ContainerFamily>', 'a/B.csproj': '' },
      /has B\.csproj, too/,
    ],
    [
      'a program that is missing',
      { 'go.mod': 'module x\n', '.ko.yaml': 'builds: [{ main: ./cmd/gone }]' },
      /cmd\/gone.*no package main/,
    ],
    ['an artifact of Bazel', { 'skaffold.yaml': skaffold('bazel: {}') }, /shop-api is not in the catalog: Bazel/],
    [
      'inputs that match nothing',
      { 'skaffold.yaml': skaffold('custom: { buildCommand: make, dependencies: { paths: [gone] } }') },
      /'gone' matches no file/,
    ],
    [
      'a builder that is a template',
      { 'skaffold.yaml': skaffold('buildpacks: { builder: "{{.B}}" }') },
      /its builder is a template/,
    ],
  ])('%s', (_, files, expected) => {
    const { services, guesses } = init({ ...dockerfiles('other/Dockerfile'), ...files });

    expect(services.map(({ dockerfile }) => dockerfile)).toEqual(['other/Dockerfile']);
    expect(guesses.join('\n')).toMatch(expected);
  });

  test('and without any image, the error says what hints at one', () => {
    expect(() => init({ 'a/A.csproj': '<IsAspireHost>true</IsAspireHost>' })).toThrow(
      /no Dockerfile.*A\.csproj: images that/s,
    );
  });
});

describe('a folder with a Dockerfile', () => {
  const files = { ...dockerfiles('api/Dockerfile'), 'api/pom.xml': POM(JIB) };

  test('is built by it, and a comment names the other tool', () => {
    const { services, guesses } = init(files);

    expect(services).toMatchObject([{ name: 'api', dockerfile: 'api/Dockerfile' }]);
    expect(guesses).toContain('api/pom.xml: jib-maven makes an image, too; api/Dockerfile is taken');
  });

  test('is built by the tool, if Skaffold says so and nothing builds the Dockerfile', () => {
    const chosen = { ...files, 'skaffold.yaml': skaffold('context: api, jib: {}') };
    const compose = { 'compose.yaml': 'services: { api: { build: api } }' };

    expect(init(chosen)).toMatchObject({
      services: [{ build: { tool: 'jib-maven' } }],
      leftOut: [{ path: 'api/Dockerfile', why: 'skaffold.yaml makes the image without it' }],
    });
    expect(init({ ...chosen, ...compose }).services).toMatchObject([{ dockerfile: 'api/Dockerfile' }]);
  });

  test('or with two tools is one service', () => {
    const { services, guesses } = init({ 'api/pom.xml': POM(JIB), 'api/build.gradle': GRADLE });

    expect(services).toMatchObject([{ name: 'api', build: { tool: 'jib-gradle' } }]);
    expect(guesses.join()).toContain('api/pom.xml: jib-maven makes the same image; jib-gradle is taken');
  });
});
