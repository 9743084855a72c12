/** No secret is anywhere but in Secrets Manager: not in the template, not in a variable, not in the data of a run. */
import { stateMachineDefinition, type Template } from '../../../local/runtime/definition';
import { synthesize } from '../synthesized';

const template = synthesize({
  settings: { releases: { host: 'registry-1.docker.io', namespace: 'shop' }, notices: { chats: ['slack', 'teams'] } },
});
const secrets = template.findResources('AWS::SecretsManager::Secret');
/** What is made of a secret wherever CloudFormation would put its value. */
const RESOLVED = /\{\{resolve:|"NoEcho"/g;

test('no secret has a value in the template; AWS generates the one for webhooks, people set the others', () => {
  const made = Object.values(secrets).map(({ Properties }) => [
    Properties.Description.split(' ')[0],
    'SecretString' in Properties,
    'GenerateSecretString' in Properties,
  ]);
  expect(made).toEqual([
    ['Token', false, false],
    ['Signs', false, true],
    ['Login', false, false],
    ['Webhook', false, false],
  ]);
});

test('variables and outputs have at most the name of a secret', () => {
  const { Outputs } = template.toJSON();
  const functions = Object.values(template.findResources('AWS::Lambda::Function'));
  const projects = Object.values(template.findResources('AWS::CodeBuild::Project'));
  const places = [...functions, ...projects].map(({ Properties }) => Properties.Environment);
  const inPlaces = JSON.stringify([places, Outputs]).matchAll(/"(Ref|Fn::GetAtt)":\["?([\w]+)|"Ref":"(\w+)"/g);
  const named = [...inPlaces]
    .map(([, , attribute, reference]) => attribute ?? reference ?? '')
    .filter((id) => id in secrets);

  expect(new Set(named)).toEqual(new Set(Object.keys(secrets)));
  expect(JSON.stringify(template.toJSON()).match(RESOLVED)).toBeNull();
});

test('a build gets no secret, only plain text variables', () => {
  const [project] = Object.values(template.findResources('AWS::CodeBuild::Project'));
  const types = project?.Properties.Environment.EnvironmentVariables.map(({ Type }: { Type: string }) => Type);

  expect(new Set(types)).toEqual(new Set(['PLAINTEXT']));
  expect(project?.Properties.Environment.RegistryCredential).toBeUndefined();
});

test('the data of a run names no secret', () => {
  expect(JSON.stringify(stateMachineDefinition(template.toJSON() as Template))).not.toMatch(/secret/i);
});
