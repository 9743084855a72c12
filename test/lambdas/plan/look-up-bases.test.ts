import type { RepositoryName } from '../../../core/ports/registry';
import { createBaseLookup } from '../../../lambdas/plan/plan-source';

const DIGEST = `sha256:${'1'.repeat(64)}`;

function registry(answer: (name: RepositoryName, reference: string) => string | undefined = () => DIGEST) {
  const asked: string[] = [];
  const head = async (name: RepositoryName, reference: string) => {
    asked.push(`${name.host} ${name.repository} ${reference}`);
    return answer(name, reference);
  };
  return { asked, head };
}

describe('the lookup of base images', () => {
  test.each([
    ['python:3.12', 'docker.io library/python 3.12'],
    ['python', 'docker.io library/python latest'],
    ['team/app:1', 'docker.io team/app 1'],
    ['ghcr.io/team/app:1', 'ghcr.io team/app 1'],
    ['localhost:5000/base', 'localhost:5000 base latest'],
    [`python:3.12@sha512:${'a'.repeat(128)}`, `docker.io library/python sha512:${'a'.repeat(128)}`],
  ])('asks for %s as Docker would', async (name, expected) => {
    const { asked, head } = registry();
    const { digests, problems } = await createBaseLookup({ head })(new Set([name]));

    expect(asked).toEqual([expected]);
    expect([...digests]).toEqual([[name, DIGEST]]);
    expect(problems.size).toBe(0);
  });

  test('asks for each once', async () => {
    const { asked, head } = registry();
    const lookUp = createBaseLookup({ head });

    await Promise.all([lookUp(new Set(['a', 'b'])), lookUp(new Set(['b']))]);
    const { digests } = await lookUp(new Set(['a', 'c']));

    expect(asked).toHaveLength(3);
    expect([...digests.keys()]).toEqual(['a', 'c']);
  });

  test('asks at most 16 registries at a time', async () => {
    let open = 0;
    let most = 0;
    const head = async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return DIGEST;
    };
    await createBaseLookup({ head })(new Set(Array.from({ length: 100 }, (_, nth) => `base:${nth}`)));
    expect(most).toBe(16);
  });

  test.each([
    ['is not there', 'python:3.12', () => undefined, 'docker.io has no such image'],
    [
      'makes the registry fail',
      'python:3.12',
      () => {
        throw new Error(`401\n  UNAUTHORIZED ${'x'.repeat(500)}`);
      },
      /^401 UNAUTHORIZED x{100,190}$/,
    ],
    ['has a variable in its name', 'python:$VERSION', () => DIGEST, 'only the build knows which image it is'],
    ['is no name', 'Python:3.12', () => DIGEST, /'library\/Python' is not a repository/],
  ])('of an image that %s gives the reason, and goes on', async (_, name, answer, problem) => {
    const { digests, problems } = await createBaseLookup(registry(answer))(new Set([name]));

    expect(digests.size).toBe(0);
    expect(problems.get(name)).toEqual(typeof problem === 'string' ? problem : expect.stringMatching(problem));
  });

  test('does not wait for a registry that does not answer', async () => {
    const head = ({ host }: RepositoryName) =>
      host === 'slow.example' ? new Promise<string>(() => undefined) : Promise.resolve(DIGEST);
    const { digests, problems } = await createBaseLookup({ head }, 20)(new Set(['slow.example/a', 'b']));

    expect([...digests.keys()]).toEqual(['b']);
    expect(problems.get('slow.example/a')).toBe('its registry did not answer within 0.02 s');
  });
});
