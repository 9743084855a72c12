/** The state that tags a release is part of the state machine only if the settings ask for tags. */
import { stateMachineDefinition, type Template } from '../../../local/runtime/definition';
import { statementsOf } from '../rights/role-statements';
import { synthesize } from '../synthesized';

interface States {
  readonly States: Readonly<Record<string, { readonly Next?: string; readonly Catch?: readonly unknown[] }>>;
}

const template = (settings: object) => synthesize({ settings }).toJSON() as Template;
const statesOf = (settings: object) => (stateMachineDefinition(template(settings)) as unknown as States).States;

test('without the setting there is neither a state nor a function for tags', () => {
  expect(Object.keys(statesOf({}))).not.toContain('Tag the release');
  expect(Object.keys((template({}) as { Resources: object }).Resources)).not.toContain('TagFunction');
});

test('with it the release is tagged between the values file and the report, and a failure is reported', () => {
  const states = statesOf({ releaseTag: {} });
  expect(states['Update the values file']?.Next).toBe('Tag the release');
  expect(states['Tag the release']?.Next).toBe('Report the run');
  expect(states['Tag the release']?.Catch).toHaveLength(1);
});

test('the tag function may read what the run stored and the login that commits, and write only its tag', () => {
  const rights = JSON.stringify(statementsOf(template({ releaseTag: {} }) as never).Tag);
  expect(rights).toContain('/runs/*/tag.json');
  expect(rights).toContain('SecretsGit');
  for (const forbidden of ['ecr:', 'dynamodb:', 'states:', 'sns:', 's3:Delete'])
    expect(rights).not.toContain(forbidden);
});
