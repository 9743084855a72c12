/** A small monorepo of Maven packages: one that is built and tested, one that depends on it, and one whose test fails. */
import type { TestEntry } from '../../../support/git/git-repository';
import { CATALOG_FILE } from '../embedded/sample-source';

/** The coordinates of a module; no version means that it declares none. */
function pom(artifact: string, version: string | undefined, more = ''): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    '  <groupId>com.shop</groupId>',
    `  <artifactId>${artifact}</artifactId>`,
    ...(version === undefined ? [] : [`  <version>${version}</version>`]),
    '  <properties>',
    '    <maven.compiler.source>11</maven.compiler.source>',
    '    <maven.compiler.target>11</maven.compiler.target>',
    '    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>',
    '  </properties>',
    more,
    '</project>',
    '',
  ].join('\n');
}

const dependency = (name: string, version: string, more = '') => {
  const [group, artifact] = name.split(':');
  return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${more}</dependency>`;
};
const JUNIT = dependency('junit:junit', '4.13.2', '<scope>test</scope>');
const testClass = (check: string) =>
  `package shop;\nimport org.junit.Test;\nimport static org.junit.Assert.assertEquals;\npublic class CheckTest { @Test public void says() { ${check} } }\n`;

/** `index` is the address of a repository for the module that depends on another. */
export function mavenFiles(index: string): Readonly<Record<string, TestEntry>> {
  return {
    [CATALOG_FILE]: [
      'platform: v1.4.0',
      'modules:',
      "  greet: { path: packages/greet, publish: { kind: maven, package: 'com.shop:greet' } }",
      "  shout: { path: packages/shout, publish: { kind: maven, package: 'com.shop:shout' } }",
      "  failing: { path: packages/failing, publish: { kind: maven, package: 'com.shop:failing' } }",
      "  commanded: { path: packages/commanded, publish: { kind: maven, package: 'com.shop:commanded', test: { command: ['check it', '$(touch canary)', 'a b'] } } }",
      'services:',
      '  api: { path: services/api }',
      '',
    ].join('\n'),
    'services/api/Dockerfile': 'FROM scratch\nCOPY packages /packages\n',
    'packages/greet/pom.xml': pom('greet', '0.0.7', `<dependencies>${JUNIT}</dependencies>`),
    'packages/greet/src/main/java/shop/Greet.java':
      'package shop;\npublic class Greet {\n  public static String greet(String name) { return "hello " + name; }\n}\n',
    'packages/greet/src/main/resources/shop/words.txt': 'hello\n',
    'packages/greet/src/test/java/shop/CheckTest.java': testClass('assertEquals("hello Ada", Greet.greet("Ada"));'),
    'packages/shout/pom.xml': pom(
      'shout',
      undefined,
      `<repositories><repository><id>index</id><url>${index}</url></repository></repositories>\n<dependencies>${dependency('com.shop:greet', '0.1.0')}</dependencies>`,
    ),
    'packages/shout/src/main/java/shop/Shout.java':
      'package shop;\npublic class Shout {\n  public static void main(String[] names) { System.out.print(Greet.greet(names[0]).toUpperCase()); }\n}\n',
    'packages/failing/pom.xml': pom('failing', '0.1.0', `<dependencies>${JUNIT}</dependencies>`),
    'packages/failing/src/test/java/shop/CheckTest.java': testClass('assertEquals("it does not work", 1, 2);'),
    'packages/commanded/pom.xml': pom('commanded', '1.0.0'),
  };
}
