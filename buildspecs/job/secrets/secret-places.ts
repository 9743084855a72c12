/** The secrets of a build, and the places where the buildspec finds them. */
import type { Service } from '../../../core/catalog/model';
import { InvalidInputError } from '../../../core/contract/errors';
import { parsePlace } from '../../../core/settings/secrets/schema';

/** The folder of the files with secrets, in the job's folder. It is removed when the build has ended. */
export const SECRET_FOLDER = 'secret-files';

/** Returns id and place of each secret of the service. Throws `InvalidInput` if the settings do not have one. */
export function secretPlaces(
  { name, secrets = [] }: Pick<Service, 'name' | 'secrets'>,
  places: Readonly<Record<string, string>>,
): readonly (readonly [id: string, place: string])[] {
  const known = new Map(Object.entries(places));
  return secrets.map((id) => {
    const place = known.get(id);
    if (place !== undefined) return [id, place];
    const message = `the setting buildSecrets has no '${id}'; add it and deploy`;
    throw new InvalidInputError('the image cannot be built', [{ path: `services.${name}.secrets`, message }]);
  });
}

/** Returns the variables of this machine that have secrets, of other services too. A command does not inherit them. */
export function secretVariables(places: Readonly<Record<string, string>>): readonly string[] {
  return Object.values(places).flatMap((text) => {
    const place = parsePlace(text);
    return place.kind === 'variable' ? [place.name] : [];
  });
}
