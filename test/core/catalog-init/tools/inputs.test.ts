// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of MSBuild
/** The inputs that `catalog init` writes for images without a Dockerfile are what their tools read. */
import { dockerfiles, GRADLE, init, JIB, MAIN, made, POM } from '../../../support/pipeline/init-catalog';

const INSTALL = 'go install github.com/google/ko@v0.19.1';

describe('the inputs are what the tool reads', () => {
  test('packages that a Go program imports, its module and its workspace, and no other program', () => {
    const files = {
      'go.mod': 'module x.org/shop\n',
      'go.sum': '',
      'lib/go.mod': 'module x.org/lib\n',
      'lib/log/log.go': 'package log\n',
      'lib/other/o.go': 'package other\n',
      'go.work': 'use (\n.\n./lib\n)\n',
      'cmd/api/main.go': 'package main\nimport (\n\t"fmt"\n\tdb "x.org/shop/internal/db" // data\n)\n',
      'cmd/api/main_test.go': 'package main\nimport "x.org/shop/internal/fakes"\n',
      'cmd/web/main.go': MAIN,
      'internal/db/db.go': 'package db\nimport "x.org/lib/log"\n',
      'internal/fakes/f.go': 'package fakes\n',
      '.ko.yaml': 'builds: [{ main: ./cmd/api }, { main: cmd/web/main.go }]',
    };
    const module = ['.ko.yaml', 'go.mod', 'go.sum', 'go.work', 'lib/go.mod'];

    expect(made(files).map(({ name, reads }) => [name, [...(reads ?? [])].sort()])).toEqual([
      ['api', [...module, 'cmd/api/main.go', 'cmd/api/main_test.go', 'internal/db/db.go', 'lib/log/log.go'].sort()],
      ['web', [...module, 'cmd/web/main.go'].sort()],
    ]);
    expect(init(files).text).toContain(`build: { tool: ko, install: "${INSTALL}" }`);
  });

  test('a Maven module, those that it depends on, and what the whole build shares', () => {
    const module = (name: string, more = '') =>
      `<project><artifactId>${name}</artifactId><packaging>jar</packaging>${more}</project>`;
    const files = {
      'java/pom.xml': POM(
        '<packaging>pom</packaging><modules><module>api</module><module>lib</module><module>web</module></modules>',
      ),
      'java/api/pom.xml': module(
        'api',
        `<dependencies><dependency><artifactId>lib</artifactId></dependency></dependencies>${JIB}`,
      ),
      'java/api/A.java': '',
      'java/lib/pom.xml': module('lib'),
      'java/lib/L.java': '',
      'java/web/pom.xml': module('web', JIB),
      'java/web/W.java': '',
      'java/checkstyle.xml': '',
    };
    const shared = ['java/api/pom.xml', 'java/checkstyle.xml', 'java/lib/pom.xml', 'java/pom.xml', 'java/web/pom.xml'];

    expect(made(files)).toEqual([
      expect.objectContaining({
        name: 'api',
        path: 'java',
        args: ['package', '-DskipTests', '-pl=api', '-am', '-Djib.containerize=api'],
        reads: [...shared, 'java/api/A.java', 'java/lib/L.java'].sort(),
      }),
      expect.objectContaining({ name: 'web', reads: [...shared, 'java/web/W.java'].sort() }),
    ]);
  });

  test('a Gradle project, those that it depends on by name or accessor, and what the whole build shares', () => {
    const files = {
      'settings.gradle': "include ':api', ':lib', 'web'\ninclude(':shared-log')\n",
      'build.gradle': '',
      'api/build.gradle': `${GRADLE}dependencies { implementation project(':lib')\n // project(':web')\n }`,
      'lib/build.gradle.kts': 'dependencies { api(projects.sharedLog) }',
      'lib/L.java': '',
      'shared-log/build.gradle': '',
      'shared-log/S.java': '',
      'web/build.gradle': '',
      'web/W.java': '',
    };

    expect(made(files)).toEqual([
      expect.objectContaining({
        name: 'api',
        reads: Object.keys(files)
          .filter((path) => path !== 'web/W.java')
          .sort(),
      }),
    ]);
  });

  test('projects that a .NET project refers to, and files that MSBuild finds above', () => {
    const files = {
      'src/Api/Api.csproj':
        '<Project><EnableSdkContainerSupport>true</EnableSdkContainerSupport><ProjectReference Include="..\\Lib\\Lib.csproj" /></Project>',
      'src/Api/P.cs': '',
      'src/Lib/Lib.csproj': '<Project><Compile Include="../Shared/*.cs" /></Project>',
      'src/Shared/S.cs': '',
      'src/Directory.Build.props': '<Project><Import Project="$(MSBuildThisFileDirectory)eng/x.props" /></Project>',
      'src/eng/x.props': '<Project/>',
      'src/Web/Web.csproj': '<Project/>',
      'global.json': '{}',
    };

    expect(made(files)).toEqual([
      expect.objectContaining({
        name: 'Api',
        reads: Object.keys(files)
          .filter((path) => !path.includes('Web'))
          .sort(),
      }),
    ]);
  });
});

test.each<[string, string, string]>([
  ['pom.xml', 'pom.xml', '<plugin><artifactId>jib-maven-plugin<!--'],
  ['build.gradle', 'build.gradle', "to {/*id 'com.google.cloud.tools.jib' "],
  ['settings.gradle', 'settings.gradle', "include 'a',"],
  ['a project', 'A.csproj', '<ContainerFamily <Import Project="..\\'],
  ['a Makefile', 'Makefile', 'ko build ./a pack build '],
  ['a Go file', 'main.go', '\n\nimport("a'],
  ['a manifest', 'x.yaml', 'ko://'],
])('a file of nothing but beginnings takes no minutes (%s)', (_, path, beginning) => {
  const text = beginning.repeat(Math.floor(290_000 / beginning.length));
  const files = { ...dockerfiles('api/Dockerfile'), '.ko.yaml': 'builds: [{}]', 'go.mod': 'module x\n', [path]: text };
  const start = process.cpuUsage();

  init(files);

  expect(process.cpuUsage(start).user).toBeLessThan(8_000_000);
});
