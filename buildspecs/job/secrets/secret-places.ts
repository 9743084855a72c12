/** The secrets of a build, and the places where the buildspec finds them. */
import type { Service } from '../../../core/catalog/model';
import { InvalidInputError, type Problem } from '../../../core/contract/errors';
import { parsePlace } from '../../../core/settings/secrets/schema';

/** The folder of the files with secrets, in the job's folder. It is removed when the build has ended. */
export const SECRET_FOLDER = 'secret-files';

type Place = readonly [id: string, place: string];

/** Places by the ids of secrets and of ssh agents. */
interface SecretPlaces {
  readonly secrets: readonly Place[];
  readonly ssh: readonly Place[];
}

/** Returns the places of what the service uses. Throws `InvalidInput` with all that the settings do not have. */
export function secretPlaces(
  { name, secrets = [], ssh = {} }: Pick<Service, 'name' | 'secrets' | 'ssh'>,
  places: Readonly<Record<string, string>>,
): SecretPlaces {
  const known = new Map(Object.entries(places));
  const problems: Problem[] = [];
  const find = (key: string, pairs: readonly Place[]) =>
    pairs.flatMap(([id, secret]): readonly Place[] => {
      const place = known.get(secret);
      if (place !== undefined) return [[id, place]];
      const message = `the setting buildSecrets has no '${secret}'; add it and deploy`;
      problems.push({ path: `services.${name}.${key}`, message });
      return [];
    });
  const found = {
    secrets: find(
      'secrets',
      secrets.map((id) => [id, id]),
    ),
    ssh: find('ssh', Object.entries(ssh)),
  };
  if (problems.length > 0) throw new InvalidInputError('the image cannot be built', problems);
  return found;
}

/** Returns the variables of this machine that have secrets, of other services too. A command does not inherit them. */
export function secretVariables(places: Readonly<Record<string, string>>): readonly string[] {
  return Object.values(places).flatMap((text) => {
    const place = parsePlace(text);
    return place.kind === 'variable' ? [place.name] : [];
  });
}
