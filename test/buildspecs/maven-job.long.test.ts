/** The buildspec of a Maven module run by bash, with small programs in place of Maven and the AWS command line that note their calls. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { mavenFiles } from '../local/build/modules/maven-sample';
import { useModuleBuildspec } from '../support/modules/module-buildspec';

const { folder, tool, program, source, run, calls, log, left } = useModuleBuildspec(mavenFiles('file:///index'));

/** What Maven does: `package` makes a JAR by the artifact and version in the POM. */
const USUAL_MAVEN = `
if [ "\${!#}" = package ]; then
  read_pom() { sed -n "s/^  <$1>\\(.*\\)<.*/\\1/p; s/.*<\\/artifactId><$1>\\([^<]*\\)<.*/\\1/p" job/module/pom.xml | head -1; }
  mkdir job/module/target
  echo 'a JAR' > "job/module/target/$(sed -n 's/^  <artifactId>\\([^<]*\\)<.*/\\1/p' job/module/pom.xml)-$(read_pom version).jar"
fi`;

interface Asked {
  readonly maven?: string;
  readonly packages?: string;
  readonly part?: Readonly<Record<string, string>>;
}

/** What the AWS command line tells. */
const AWS = (jobTool: string) => `
case "$1 $2" in
  's3 cp') if [ "$5" = job-tool.cjs ]; then cp '${jobTool}' "$5"; fi ;;
  'codeartifact get-repository-endpoint') echo https://shop.example/maven/modules/ ;;
  'codeartifact get-authorization-token') [[ $* != *'--domain none' ]] && echo t0ken%s ;;
esac`;

function build(module: string, { maven = USUAL_MAVEN, ...asked }: Asked = {}) {
  return run({ module, kind: 'maven', programs: { mvn: maven, aws: AWS(tool) }, ...asked });
}

const versionOf = (module: string) =>
  `0.1.0-alpha-dev.${Number.parseInt((source().contents.get(module) ?? '').slice(0, 12), 16)}`;
const ALL = ['jar', 'package.json', 'pom'];

test.each(['greet', 'shout'])(
  'packs and tests %s in a copy of the folder alone, and stores JAR and POM with the facts',
  async (module) => {
    expect(await build(module)).toEqual({ kind: 'succeeded' });

    const version = versionOf(module);
    const tested = module === 'greet' ? ['module|mvn -B -ntp test'] : [];
    expect(calls().map((call) => call.replace(/^[^|]*(?=.*package$)/, ''))).toEqual([
      '|mvn -B -ntp -DskipTests --file job/module/pom.xml package',
      ...tested,
    ]);
    expect(left()).toEqual(ALL);
    expect(JSON.parse(readFileSync(join(folder, 'out/package.json'), 'utf8'))).toEqual({
      version,
      jar: `${module}-${version}.jar`,
      pom: `${module}-${version}.pom`,
    });
    expect(readFileSync(join(folder, 'out/pom'), 'utf8')).toContain(`<version>${version}</version>`);
    expect(log()).toContain(`built com.shop:${module} ${version}`);
    expect(log().includes('the module has no tests')).toBe(module === 'shout');
  },
);

test('in AWS takes everything from CodeArtifact by settings that only the build can read, and stores the facts last', async () => {
  const part = { JOB_TOOL: 'assets/tool.js', PACKAGE_DOMAIN: 'shop', PACKAGE_REPOSITORY: 'modules' };
  expect(await build('greet', { packages: 'bucket/packages/greet/1/', part })).toEqual({ kind: 'succeeded' });

  const aws = calls().flatMap((call) => /\|aws (.*)/.exec(call)?.[1] ?? []);
  expect(aws.slice(0, 3)).toEqual([
    's3 cp --only-show-errors s3://assets/tool.js job-tool.cjs',
    'codeartifact get-repository-endpoint --format maven --query repositoryEndpoint --output text --domain shop --repository modules',
    'codeartifact get-authorization-token --query authorizationToken --output text --domain shop',
  ]);
  expect(aws.slice(3).map((call) => call.split('/').at(-1))).toEqual(
    ALL.filter((each) => each !== 'package.json').concat('package.json'),
  );
  const settings = join(folder, '.m2/settings.xml');
  expect(statSync(settings).mode & 0o077).toBe(0);
  expect(readFileSync(settings, 'utf8')).toContain('<username>aws</username><password>t0ken%s</password>');
  expect(readFileSync(settings, 'utf8')).toContain(
    '<url>https://shop.example/maven/modules/</url><mirrorOf>*</mirrorOf>',
  );
  expect(log()).not.toContain('t0ken');
});

test('without a token fails before Maven runs, and leaves no settings', async () => {
  const part = { PACKAGE_DOMAIN: 'none', PACKAGE_REPOSITORY: 'modules' };

  expect(await build('greet', { part })).toMatchObject({ kind: 'failed' });
  expect(calls().at(-1)).toContain('get-authorization-token');
  expect(existsSync(join(folder, '.m2'))).toBe(false);
});

test('on one machine writes no settings', async () => {
  await build('greet');

  expect(existsSync(join(folder, '.m2'))).toBe(false);
});

test.each([
  ['passes', 0, { kind: 'succeeded' }],
  ['fails', 3, { kind: 'failed', phase: 'build', exitCode: 86 }],
])('a command of the catalog that %s replaces mvn test, and is never shell text', async (_what, code, result) => {
  program('check it', `exit ${code}`);

  expect(await build('commanded')).toEqual(result);
  expect(calls().at(-1)).toBe('module|check it $(touch canary) a b');
  expect(left()).toEqual(code === 0 ? ALL : []);
});

test('failed tests store nothing', async () => {
  const maven = `${USUAL_MAVEN}\n[ "\${!#}" = test ] && echo 'Tests run: 1, Failures: 1' && exit 1; exit 0`;

  expect(await build('failing', { maven })).toEqual({ kind: 'failed', phase: 'build', exitCode: 86 });
  expect(left()).toEqual([]);
  expect(log()).toContain('Failures: 1');
});

test('a build that makes no JAR of the planned name fails with that name in the log', async () => {
  const maven = 'mkdir -p job/module/target && echo x > job/module/target/own-name.jar';

  expect(await build('greet', { maven })).toMatchObject({ kind: 'failed', phase: 'build' });
  expect(log()).toContain(`greet-${versionOf('greet')}.jar`);
  expect(left()).toEqual([]);
});

test('a build that changes its POM is refused before its tests run, with a reason in the log', async () => {
  const maven = `${USUAL_MAVEN}\nsed -i 's/<groupId>com.shop/<groupId>org.other/' job/module/pom.xml`;

  expect(await build('greet', { maven })).toMatchObject({ kind: 'failed', phase: 'build' });
  expect(calls().at(-1)).toMatch(/package$/);
  expect(log()).toContain('the POM of the package says org.other:greet:');
  expect(left()).toEqual([]);
});
