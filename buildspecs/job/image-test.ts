/** The build that runs the tests of an image, as arguments of Docker. Its result is thrown away. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ifMissing } from '../../adapters/disk/missing';
import type { Service } from '../../core/catalog/model';
import { InvalidInputError } from '../../core/contract/errors';
import { type BuildOrder, buildArguments } from './build-arguments';

/** The file in the job's folder with the Dockerfile that runs a command in the image. */
const TEST_FILE = 'test.Dockerfile';

/** The name of its last stage, if the image is not the last stage of its Dockerfile. */
const TEST_STAGE = 'image-pipeline-test';

/** Where to find and put things. */
interface TestPlaces {
  /** The folder of the source. */
  readonly directory: string;
  /** The folder of the job. */
  readonly out: string;
  /** True if a BuildKit of its own builds, which takes outputs and caches. */
  readonly ownBuilder: boolean;
  /** Options that name caches to read. */
  readonly caches: readonly string[];
}

/** The arguments of both builds; none if the service has no test. `untested` builds the same image without its tests. */
interface TestArguments {
  readonly test: readonly string[];
  readonly untested: readonly string[];
}

/**
 * Returns the arguments. The tests of a target run as its instructions. A command becomes the last instruction of the image: it runs as the
 * image's user, in its folder and with its variables. Throws `InvalidInput`.
 */
export async function testArguments(service: Service, order: BuildOrder, places: TestPlaces): Promise<TestArguments> {
  const { test } = service;
  if (test === undefined) return { test: [], untested: [] };
  const { directory, out, ownBuilder, caches } = places;
  const options = ownBuilder ? [...caches, '--output=type=cacheonly'] : [];
  const [platform] = service.platforms;
  const tested = { ...service, platforms: platform === undefined ? [] : [platform] };
  const listOf = (of: Service) => withoutTag(buildArguments(of, order, directory, options));
  const untested = listOf(tested);
  if ('target' in test) return { test: listOf({ ...tested, target: test.target }), untested };
  const file = join(out, TEST_FILE);
  const dockerfile = join(directory, service.dockerfile);
  await writeFile(file, `${await readFile(dockerfile, 'utf8')}\n${testInstructions(service, test.command)}`);
  // Docker looks for this ignore file beside the Dockerfile first.
  await copyFile(`${dockerfile}.dockerignore`, `${file}.dockerignore`).catch(ifMissing(undefined));
  const { target: _, ...last } = tested;
  const list = listOf(last).map((argument) => (argument.startsWith('--file=') ? `--file=${file}` : argument));
  return { test: list, untested };
}

function testInstructions({ name, target }: Service, command: readonly string[]): string {
  const run = `RUN ${JSON.stringify(command)}\n`;
  if (target === undefined) return run;
  if (!/^\d+$/.test(target)) return `FROM ${target} AS ${TEST_STAGE}\n${run}`;
  const message = `is ${target}, and a command can be tested only in a stage with a name; name the stage in the Dockerfile`;
  throw new InvalidInputError('the image cannot be tested', [{ path: `services.${name}.target`, message }]);
}

function withoutTag(list: readonly string[]): readonly string[] {
  return list.filter((argument) => !argument.startsWith('--tag='));
}
