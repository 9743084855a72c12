import type { ContextPreference } from '../../../core/catalog-init/choose-context';
import type { Files } from '../../support/docker/docker-context';
import { init } from '../../support/pipeline/init-catalog';

const contexts = (files: Files, wish?: ContextPreference) =>
  Object.fromEntries(init(files, wish).catalog.services.map(({ name, context }) => [name, context]));

describe('the build context', () => {
  const app = { 'svc/app/main.py': '1', 'svc/app/requirements.txt': 'x' };

  test('is the root where the sources exist there', () => {
    expect(contexts({ ...app, 'svc/app/Dockerfile': 'FROM x\nCOPY svc/app /app\n' })).toEqual({ app: '' });
    expect(contexts({ ...app, 'svc/app/Dockerfile': 'FROM x\nCOPY svc/app /app\n' }, 'service')).toEqual({ app: '' });
  });

  test("is the service's folder where they exist there only, and a comment says so", () => {
    const { text, catalog } = init({ ...app, 'svc/app/Dockerfile': 'FROM x\nCOPY requirements.txt .\nCOPY . .\n' });

    expect(catalog.services).toMatchObject([{ name: 'app', context: 'svc/app' }]);
    expect(text).toContain('app: { path: svc/app, context: service } # its COPY sources do not exist in');
  });

  test('has no remark where most services build in their own folders only', () => {
    const service = (name: string): Files => ({
      [`${name}/main.py`]: '1',
      [`${name}/Dockerfile`]: 'FROM x\nCOPY main.py .\n',
    });
    const { text, services } = init({ ...service('a'), ...service('b') });

    expect(services).toMatchObject([{ context: 'a' }, { context: 'b' }]);
    expect(text).not.toContain('do not exist in');
  });

  test('is a folder between where only that has them', () => {
    expect(contexts({ ...app, 'svc/lib/x': '1', 'svc/app/Dockerfile': 'FROM x\nCOPY lib app /\n' })).toEqual({
      app: 'svc',
    });
  });

  test('is where the ignore file lies, if all is copied', () => {
    const files: Files = { ...app, 'svc/app/Dockerfile': 'FROM x\nCOPY . .\n', 'svc/app/.dockerignore': '*.md\n' };

    expect(contexts(files)).toEqual({ app: 'svc/app' });
  });

  test('is as wished if all is copied and nothing says more', () => {
    const files: Files = { ...app, 'svc/app/Dockerfile': 'FROM x\nCOPY . .\n' };

    expect(contexts(files)).toEqual({ app: '' });
    expect(contexts(files, 'service')).toEqual({ app: 'svc/app' });
    expect(init(files).text).toMatch(/app: svc\/app # copies its whole context/);
  });

  test('is not the root for files that are there by chance', () => {
    const files: Files = { ...app, 'requirements.txt': 'y', 'svc/app/Dockerfile': 'FROM x\nCOPY requirements.txt .\n' };

    expect(contexts(files)).toEqual({ app: 'svc/app' });
  });

  test.each<[string, string, string]>([
    ['compose.yaml', 'services:\n  app:\n    build: svc/app\n', 'svc/app'],
    ['svc/docker-compose.yml', 'services:\n  app:\n    build: { context: ., dockerfile: app/Dockerfile }\n', 'svc'],
    ['skaffold.yaml', 'build:\n  artifacts:\n    - image: app\n      context: svc/app\n', 'svc/app'],
    [
      'skaffold.yaml',
      'build:\n  artifacts:\n    - { image: app, context: svc, docker: { dockerfile: app/Dockerfile } }\n',
      'svc',
    ],
    [
      '.github/workflows/build.yml',
      'jobs:\n  b:\n    steps:\n      - with: { context: ./svc/app, file: ./svc/app/Dockerfile }\n',
      'svc/app',
    ],
    ['compose.yaml', 'services:\n  app:\n    build: { context: $WHERE }\n', ''],
    ['compose.yaml', 'services:\n  app:\n    build: ../../svc/app\n', ''],
    ['compose.yaml', 'services: [', ''],
    ['compose.yaml', 'services: &a\n  b: *a\n  c: { build: svc/app }\n', 'svc/app'],
  ])('is what other files say where the Dockerfile fits several (%s, %#)', (path, text, expected) => {
    const files: Files = { ...app, 'svc/app/Dockerfile': 'FROM x\nCOPY . .\n', [path]: text };

    expect(contexts(files)).toEqual({ app: expected });
  });

  test('is not what other files say where the sources are not there', () => {
    const files: Files = {
      ...app,
      'svc/app/Dockerfile': 'FROM x\nCOPY svc/app /app\n',
      'compose.yaml': 'services:\n  app:\n    build: svc/app\n',
    };

    expect(contexts(files)).toEqual({ app: '' });
  });

  test('does not mind a fetched source, whatever its variables', () => {
    const files: Files = {
      ...app,
      'svc/app/Dockerfile': 'FROM x\nARG V\nADD https://example.com/$V/x.jar /\nCOPY svc/app /app\n',
    };

    expect(init(files).services).toMatchObject([{ context: '', remark: undefined }]);
  });

  test('comes with a remark where a source is in no folder', () => {
    const files: Files = { ...app, 'svc/app/Dockerfile': 'FROM x\nCOPY svc/app/target/app.jar /\n' };

    expect(init(files).text).toMatch(/# svc\/app\/target\/app\.jar is not in this commit/);
  });
});
