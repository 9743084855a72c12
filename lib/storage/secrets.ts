/** The secrets. The template contains no values: people put them in, and Secrets Manager generates the webhook's. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

export interface SecretsProps {
  /** True if the settings name a second login of the git host, which cannot commit. */
  readonly reader: boolean;
  /** True if the release registry requires user name and password, as every registry except ECR does. */
  readonly registry: boolean;
  /** True if notices are posted to chats. */
  readonly chat: boolean;
}

/** Secrets by their ARNs. The stack's removal removes them. */
export class Secrets extends Construct {
  /** The token of the git host, or the private key of a GitHub App. Empty until a person puts it in. */
  readonly git: string;
  /** The login of all steps that do not commit. The same as `git` without a reader. */
  readonly gitReader: string;
  /** Signs webhook deliveries. It has to be copied to the git host. Secrets Manager cannot generate GitLab's signing tokens. */
  readonly webhook: string;
  /** User name and password of the release registry. Empty until a person puts them in; undefined for ECR. */
  readonly registry: string | undefined;
  /** Webhook addresses of chats. Empty until a person puts them in; undefined without chats. */
  readonly chat: string | undefined;

  constructor(scope: Construct, id: string, { reader, registry, chat }: SecretsProps) {
    super(scope, id);
    this.git = this.secret('Git', 'Token of the git host, or private key of the GitHub App (PEM), as text');
    const second = 'Token of the git host that cannot commit, or private key of a second GitHub App (PEM), as text';
    this.gitReader = reader ? this.secret('GitReader', second) : this.git;
    this.webhook = this.secret('Webhook', 'Signs webhook deliveries; enter the same text at the git host', {
      excludePunctuation: true,
      passwordLength: 48,
    });
    const login = 'Login of the release registry, as {"username": "...", "password": "..."}';
    this.registry = registry ? this.secret('Registry', login) : undefined;
    const addresses = 'Webhook addresses of chats, as {"slack": "https://...", "teams": "https://..."}';
    this.chat = chat ? this.secret('Chat', addresses) : undefined;
  }

  private secret(
    id: string,
    description: string,
    generateSecretString?: CfnSecret.GenerateSecretStringProperty,
  ): string {
    const secret = new CfnSecret(this, id, { description, generateSecretString });
    secret.applyRemovalPolicy(RemovalPolicy.DESTROY);
    return secret.ref;
  }
}

/** Returns the right to read the secrets with these ARNs. */
export function readingSecrets(...arns: readonly (string | undefined)[]): PolicyStatement {
  const resources = arns.filter((arn) => arn !== undefined);
  return new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources });
}
