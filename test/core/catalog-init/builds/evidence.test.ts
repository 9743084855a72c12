// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of compose, bake and CI files
/** `catalog init` builds images as the repository's own files build them: targets, arguments, contexts, names, and what is no service. */
import type { Files } from '../../../support/docker/docker-context';
import { dockerfiles, init } from '../../../support/pipeline/init-catalog';

const STAGES = 'FROM scratch AS base\nARG MODE\nFROM base AS prod\nFROM base AS worker\nFROM base AS test\n';

/** The services that `init` makes, with the keys that a test is about. */
function services(files: Files) {
  return init(files).catalog.services.map(({ name, image, context, target, buildArgs }) => ({
    name,
    image,
    context,
    target,
    args: buildArgs,
  }));
}

const PROD = { name: 'api', target: 'prod', args: { MODE: 'release' } };
const compose = (builds: Readonly<Record<string, object>>) => JSON.stringify({ services: builds });

describe('target and arguments are those of', () => {
  const build = { context: './api', target: 'prod', args: { MODE: 'release' } };

  test.each<[string, string, string]>([
    ['compose', 'compose.yaml', compose({ api: { image: 'team/api', build } })],
    ['compose with a list', 'compose.yaml', compose({ api: { build: { ...build, args: ['MODE=release'] } } })],
    [
      'a bake file',
      'docker-bake.hcl',
      'target "api" { context = "api", target = "prod", args = { MODE = "release" } }',
    ],
    ['a bake file in JSON', 'docker-bake.json', JSON.stringify({ target: { api: build } })],
    [
      'Skaffold',
      'skaffold.yaml',
      'build: { artifacts: [{ image: api, context: api, docker: { target: prod, buildArgs: { MODE: release } } }] }',
    ],
    ['Tilt', 'Tiltfile', "docker_build('team/api', 'api', build_args={'MODE': 'release'}, target='prod')"],
    [
      'Tilt with a command',
      'Tiltfile',
      "custom_build('api', 'docker build -t $EXPECTED_REF --target=prod --build-arg MODE=release api', ['api'])",
    ],
    ['a Makefile', 'Makefile', 'api:\n\tdocker build -t team/api --target prod \\\n\t  --build-arg MODE=release api\n'],
    [
      'a workflow',
      '.github/workflows/x.yml',
      'jobs: { b: { steps: [{ uses: docker/build-push-action@v6, with: { context: api, target: prod, build-args: MODE=release, tags: "ghcr.io/${{ github.repository }}/api:1" } }] } }',
    ],
    [
      'a workflow that is called after Skaffold',
      '.github/workflows/skaffold.yml',
      'jobs: { b: { steps: [{ run: "docker build -t team/api --target prod --build-arg MODE=release api" }] } }',
    ],
    [
      'GitLab CI with variables',
      '.gitlab-ci.yml',
      'variables: { WHERE: api }\nb: { script: ["docker login", "docker build --target prod --build-arg MODE=release -t $CI_REGISTRY_IMAGE/api:$CI_COMMIT_SHA $CI_PROJECT_DIR/$WHERE"] }',
    ],
    [
      'Cloud Build',
      'cloudbuild.yaml',
      'steps: [{ name: docker, args: [build, -t, gcr.io/x/api, --target, prod, --build-arg, MODE=release, api] }]',
    ],
  ])('%s', (_, file, text) => {
    expect(services({ 'api/Dockerfile': STAGES, [file]: text })).toEqual([
      expect.objectContaining({ ...PROD, context: 'api' }),
    ]);
  });
});

describe('several services of one Dockerfile', () => {
  test('are several targets of one file, each with its own name', () => {
    const files = {
      Dockerfile: STAGES,
      'docker-bake.hcl': 'target "web" { target = "prod" }\ntarget "jobs" { target = "worker" }',
    };

    expect(services(files)).toEqual([
      { name: 'jobs', image: 'jobs', context: '', target: 'worker', args: {} },
      { name: 'web', image: 'web', context: '', target: 'prod', args: {} },
    ]);
  });

  test('are several arguments, and several images that are built alike', () => {
    const one = (mode: string) => ({ build: { context: '.', args: { MODE: mode } } });
    const files = (builds: object) => ({ Dockerfile: STAGES, 'compose.yaml': JSON.stringify({ services: builds }) });

    expect(services(files({ a: one('x'), b: one('y') })).map(({ name, args }) => [name, args.MODE])).toEqual([
      ['a', 'x'],
      ['b', 'y'],
    ]);
    expect(services(files({ a: { image: 't/a', build: '.' }, b: { image: 't/b', build: '.' } }))).toHaveLength(2);
    expect(services(files({ web: { build: '.' }, worker: { build: '.', command: 'work' } }))).toHaveLength(1);
  });

  test('come from a matrix of a bake file or of a CI', () => {
    const bake =
      'target "x" {\n  matrix = { item = ["web", "jobs"] }\n  name = "the-${item}"\n  args = { MODE = item }\n  target = "${item}"\n}';
    const ci =
      'jobs: { b: { strategy: { matrix: { app: [web, jobs] } }, steps: [{ run: "docker build -t t/${{ matrix.app }} -f ${{ matrix.app }}/Dockerfile ." }] } }';

    expect(
      services({ Dockerfile: 'FROM scratch AS web\nFROM scratch AS jobs\n', 'docker-bake.hcl': bake }).map(
        ({ name, target }) => [name, target],
      ),
    ).toEqual([
      ['the-jobs', 'jobs'],
      ['the-web', 'web'],
    ]);
    expect(
      services({ ...dockerfiles('web/Dockerfile', 'jobs/Dockerfile'), '.github/workflows/x.yml': ci }).map(
        ({ image }) => image,
      ),
    ).toEqual(['jobs', 'web']);
  });

  test('are not what tests and developers build', () => {
    const files = {
      'api/Dockerfile': STAGES,
      'compose.yaml': compose({
        api: { build: { context: 'api', target: 'prod' } },
        check: { build: { context: 'api', target: 'test' } },
      }),
      'compose.dev.yaml': compose({ api: { build: { context: 'api', target: 'worker' } } }),
    };

    expect(services(files)).toEqual([expect.objectContaining({ name: 'api', target: 'prod' })]);
  });
});

describe('variables', () => {
  test('of compose come from .env and their defaults; others are left out', () => {
    const build = { context: '.', dockerfile: '${FILE}', args: { MODE: '${MODE:-release}', B: '$UNKNOWN' } };

    expect(
      services({
        'api/Dockerfile': STAGES,
        '.env': "# x\nFILE='./api/Dockerfile'\n",
        'compose.yaml': compose({ api: { build } }),
      }),
    ).toEqual([{ name: 'api', image: 'api', context: '', target: undefined, args: { MODE: 'release' } }]);
  });

  test('of a bake file have their defaults, and targets inherit', () => {
    const bake =
      'variable "MODE" { default = "release" }\ntarget "_all" { args = { MODE = "${MODE}" } }\ntarget "api" {\n  inherits = ["_all"] # x\n  context = "./api"\n  tags = ["ghcr.io/t/shop-api:${TAG}"]\n}';

    expect(services({ 'api/Dockerfile': STAGES, 'docker-bake.hcl': bake })).toEqual([
      { name: 'api', image: 'shop-api', context: 'api', target: undefined, args: { MODE: 'release' } },
    ]);
  });
});

describe('a Tiltfile is not run', () => {
  const remarks = (text: string) =>
    init({ ...dockerfiles('api/Dockerfile'), Tiltfile: text }).guesses.filter((guess) => guess.startsWith('Tiltfile'));

  test('so calls that are not written out are remarks', () => {
    expect(remarks("for name in ['api']:\n  docker_build(name, './' + name)\n")).toEqual([
      'Tiltfile:2: docker_build(...) was not read: its arguments are not written out, or lead elsewhere',
    ]);
    expect(remarks("docker_build('api', './api', build_args=args())")).toEqual([
      "Tiltfile:1: docker_build('api'...) has build_args that are not written out",
    ]);
  });

  test('definitions, comments, texts and Dockerfiles in the call are no builds', () => {
    const text = `def docker_build(ref, context):\n  pass\n# docker_build(x)\n"""docker_build(y)"""\ndocker_build('z', '.', dockerfile_contents='FROM x')\n`;

    expect(remarks(text)).toEqual([]);
  });

  test('and the compose files that it names are read', () => {
    const files = {
      ...dockerfiles('api/Dockerfile'),
      Tiltfile: "docker_compose(['./dev/stack.yml'])",
      'dev/stack.yml': compose({ api: { image: 'shop-api', build: '../api' } }),
    };

    expect(services(files)).toEqual([expect.objectContaining({ name: 'api', image: 'shop-api', context: 'api' })]);
  });
});
