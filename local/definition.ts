/** Takes the state machine's definition out of the synthesized template, as CloudFormation would put it together. */

type Json = Readonly<Record<string, unknown>>;

/** A synthesized CloudFormation template, as far as it is read here. */
export interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Json }>>;
}

/** Stand-ins for what CloudFormation knows of the account. */
const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'local-1',
  'AWS::AccountId': '000000000000',
  'AWS::URLSuffix': 'localhost',
  'AWS::StackName': 'local',
};

/** The one state machine's definition, parsed. Resources are named `local:<logical id>` in it. */
export function stateMachineDefinition(template: Template): Json {
  const machines = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::StepFunctions::StateMachine');
  const [machine] = machines;
  if (machine === undefined || machines.length > 1) {
    throw new Error(`the template has ${machines.length} state machines; the local runtime runs exactly one`);
  }
  const text = resolve(machine.Properties?.DefinitionString);
  if (typeof text !== 'string') throw new Error('the state machine has no DefinitionString');
  return JSON.parse(text) as Json;
}

/** The logical id in a resolved name (`local:PlanFunction1234`), or undefined if the name is no stand-in. */
export function logicalIdOf(name: string): string | undefined {
  return /^local:(\w+)$/.exec(name)?.[1];
}

/** Resolves the intrinsic functions that CDK writes into a definition. */
function resolve(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (only !== undefined && entries.length === 1) {
    const [name, argument] = only;
    if (name === 'Ref') return PSEUDO_PARAMETERS[String(argument)] ?? `local:${String(argument)}`;
    if (name === 'Fn::GetAtt' && Array.isArray(argument)) return `local:${String(argument[0])}`;
    if (name === 'Fn::Join' && Array.isArray(argument)) {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map((part) => String(resolve(part))).join(separator);
    }
  }
  return Object.fromEntries(entries.map(([key, inner]) => [key, resolve(inner)]));
}
