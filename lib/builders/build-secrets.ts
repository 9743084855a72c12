/** The rights of builds to the secrets of the settings. */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type BuildSecrets, parsePlace } from '../../core/settings/secrets/schema';

/**
 * Returns the rights to read these secrets and no other. A key of the account that encrypts one decrypts it only under the secret's name, which Secrets
 * Manager puts into the encryption context (its user guide, "Secret encryption and decryption"). Throws for a place that only one machine has.
 */
export function readingBuildSecrets(buildSecrets: BuildSecrets): readonly PolicyStatement[] {
  const places = Object.entries(buildSecrets).map(([id, text]) => ({ id, text, place: parsePlace(text) }));
  const here = places.filter(({ place }) => place.kind !== 'secret');
  if (here.length > 0) {
    const list = here.map(({ id, text }) => `${id} at ${text}`).join(', ');
    throw new Error(
      `the setting buildSecrets has ${list}, which no build machine in AWS has; give the ARN of a secret`,
    );
  }
  const secrets = places.flatMap(({ place }) => (place.kind === 'secret' ? [place] : []));
  if (secrets.length === 0) return [];
  const arns = [...new Set(secrets.map(({ arn }) => arn))];
  const keys = secrets.map(
    ({ arn, region, account }) => `${arn.split(':').slice(0, 2).join(':')}:kms:${region}:${account}:key/*`,
  );
  return [
    new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: arns }),
    new PolicyStatement({
      actions: ['kms:Decrypt'],
      resources: [...new Set(keys)],
      conditions: { StringEquals: { 'kms:EncryptionContext:SecretARN': arns } },
    }),
  ];
}
