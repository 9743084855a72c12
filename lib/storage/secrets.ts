/** The secrets. The template contains no values: people put them in, and Secrets Manager generates the webhook's. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSecret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

export interface SecretsProps {
  /** True if the settings name a second login of the git host, which cannot commit. */
  readonly reader: boolean;
  /** The logins of a values repository with tokens; undefined if it has none. `reader` as for the monorepo. */
  readonly values?: { readonly reader: boolean } | undefined;
  /** True if the release registry requires user name and password, as every registry except ECR does. */
  readonly registry: boolean;
  /** True if notices are posted to chats. */
  readonly chat: boolean;
  readonly existing?: ExistingSecrets | undefined;
  readonly key?: IKey | undefined;
}

/** Secrets that exist already, in the form of those that the pipeline makes. */
export interface ExistingSecrets {
  /** The token of the git host, or the private key of a GitHub App, as text. */
  readonly git?: ISecret;
  /** The login of `git.reader`. */
  readonly gitReader?: ISecret;
  /** The login of `valuesRepository.git`, in the form of `git`. */
  readonly valuesGit?: ISecret;
  /** The login of `valuesRepository.git.reader`. */
  readonly valuesGitReader?: ISecret;
  /** Signs webhook deliveries. */
  readonly webhook?: ISecret;
  /** `{"username": "...", "password": "..."}` of the release registry. */
  readonly registry?: ISecret;
  /** `{"slack": "https://...", "teams": "https://..."}`. */
  readonly chat?: ISecret;
}

/** Secrets by their ARNs. The stack's removal removes them. */
export class Secrets extends Construct {
  /** The token of the git host, or the private key of a GitHub App. Empty until a person puts it in. */
  readonly git: string;
  /** The login of all steps that do not commit. The same as `git` without a reader. */
  readonly gitReader: string;
  /** The same for the values repository; undefined if it needs none. */
  readonly valuesGit: string | undefined;
  /** The same as `valuesGit` without a reader. */
  readonly valuesGitReader: string | undefined;
  /** Signs webhook deliveries. It has to be copied to the git host. Secrets Manager cannot generate GitLab's signing tokens. */
  readonly webhook: string;
  /** User name and password of the release registry. Empty until a person puts them in; undefined for ECR. */
  readonly registry: string | undefined;
  /** Webhook addresses of chats. Empty until a person puts them in; undefined without chats. */
  readonly chat: string | undefined;

  private readonly existing: ExistingSecrets;
  private readonly key: IKey | undefined;

  constructor(scope: Construct, id: string, { reader, values, registry, chat, existing = {}, key }: SecretsProps) {
    super(scope, id);
    this.existing = existing;
    this.key = key;
    this.git = this.secret('git', 'Token of the git host, or private key of the GitHub App (PEM), as text');
    const second = 'Token of the git host that cannot commit, or private key of a second GitHub App (PEM), as text';
    this.gitReader = reader ? this.secret('gitReader', second) : this.git;
    const commits = 'Token of the values repository, or private key of its GitHub App (PEM), as text';
    const reads =
      'Token of the values repository that cannot commit, or private key of a second GitHub App (PEM), as text';
    this.valuesGit = values && this.secret('valuesGit', commits);
    this.valuesGitReader = values?.reader === true ? this.secret('valuesGitReader', reads) : this.valuesGit;
    this.webhook = this.secret('webhook', 'Signs webhook deliveries; enter the same text at the git host', {
      excludePunctuation: true,
      passwordLength: 48,
    });
    const login = 'Login of the release registry, as {"username": "...", "password": "..."}';
    this.registry = registry ? this.secret('registry', login) : undefined;
    const addresses = 'Webhook addresses of chats, as {"slack": "https://...", "teams": "https://..."}';
    this.chat = chat ? this.secret('chat', addresses) : undefined;
  }

  private secret(
    name: keyof ExistingSecrets,
    description: string,
    generateSecretString?: CfnSecret.GenerateSecretStringProperty,
  ): string {
    const found = this.existing[name];
    if (found !== undefined) return completeArn(name, found);
    const id = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const secret = new CfnSecret(this, id, { description, generateSecretString, kmsKeyId: this.key?.keyArn });
    secret.applyRemovalPolicy(RemovalPolicy.DESTROY);
    return secret.ref;
  }
}

/** Rights name the whole ARN, which a secret that is imported by name does not know. */
function completeArn(name: string, secret: ISecret): string {
  if (secret.secretFullArn !== undefined) return secret.secretFullArn;
  throw new Error(`secrets.${name} was imported without its complete ARN; use Secret.fromSecretCompleteArn`);
}

/** Returns the right to read the secrets with these ARNs. */
export function readingSecrets(...arns: readonly (string | undefined)[]): PolicyStatement {
  const resources = arns.filter((arn) => arn !== undefined);
  return new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources });
}
