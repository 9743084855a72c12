/**
 * Compares the files that input discovery finds with those that a real Docker engine takes, over random builds.
 *
 * The engine is Debian's docker.io (20.10). What it cannot build is tested against the Dockerfile reference and BuildKit's own
 * rules only, in `test/core/inputs`: heredocs, `COPY --parents`, `COPY --exclude`, `ADD --unpack`, `RUN --device`, `${x#p}`,
 * `${x%p}` and `${x/p/r}`, `TARGETSTAGE`, the ignore rules of later releases, and everything that needs a network: remote `ADD`,
 * images of others, `# syntax=`.
 */
import { fuzzInputs } from '../support/docker/docker-context-fuzz';

const CASES = Number(process.env.INPUTS_CASES ?? 300);
const SEED = Number(process.env.INPUTS_SEED ?? 20_261_123);

it(`${CASES} random builds read exactly the files that were discovered`, async () => {
  await expect(fuzzInputs(CASES, SEED)).resolves.toBeUndefined();
});
