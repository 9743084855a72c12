/** The contract of every implementation of `Claims`. */
import type { Claims } from '../../core/ports/store';

/** Runs the suite on the implementation that `make` gives; each test gets a new, empty one. */
export function claimsContract(make: () => Claims): void {
  const claim = { image: 'registry.example/team/auth', version: 'v1.4.0', digest: 'sha256:one', run: 'run-1' };

  test('a free version is bound to the digest and the run', async () => {
    expect(await make().claim(claim)).toEqual(claim);
  });

  test('a bound version stays what it was, and tells who holds it', async () => {
    const claims = make();
    await claims.claim(claim);

    expect(await claims.claim({ ...claim, digest: 'sha256:two', run: 'run-2' })).toEqual(claim);
  });

  test('returns a claim exactly as it was made, and nothing if there is no claim', async () => {
    const claims = make();
    await claims.claim(claim);
    await claims.claim({ ...claim, digest: 'sha256:two', run: 'run-2' });

    expect(await claims.find(claim.image, claim.version)).toEqual(claim);
    expect(await claims.find(claim.image, 'v1.4.1')).toBeUndefined();
    expect(await claims.find('registry.example/team/auth2', claim.version)).toBeUndefined();
  });

  test('the same image has other versions, and other images the same version', async () => {
    const claims = make();
    await claims.claim(claim);
    const other = [
      { ...claim, version: 'v1.4.1', digest: 'sha256:two' },
      { ...claim, image: 'registry.example/team/auth2', digest: 'sha256:three' },
      { ...claim, image: '../registry.example/team', version: '../../v1', digest: 'sha256:four' },
    ];

    for (const next of other) expect(await claims.claim(next)).toEqual(next);
  });

  test('of many claims at once exactly one wins, and all learn which', async () => {
    const claims = make();
    const tries = Array.from({ length: 50 }, (_, index) => ({
      ...claim,
      digest: `sha256:${index}`,
      run: `run-${index}`,
    }));

    const answers = await Promise.all(tries.map((each) => claims.claim(each)));

    expect(new Set(answers.map((answer) => answer.run)).size).toBe(1);
    expect(tries).toContainEqual(answers[0]);
  });
}
