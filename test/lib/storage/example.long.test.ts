/** The example of registries in other accounts. Its functions are bundled. */
import { rmSync } from 'node:fs';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { app as example } from '../../../examples/accounts/app';
import { statementsOf } from '../rights/role-statements';

afterAll(() => rmSync(example.outdir, { recursive: true, force: true }));

test('the example synthesizes, and its pipeline assumes the one role and pushes to the other account by itself', () => {
  const delivery = example.node.findChild('Delivery') as Stack;
  const statements = statementsOf(Template.fromStack(delivery).toJSON());
  const found = Object.values(statements).flat();
  expect(found.filter(({ actions }) => actions.includes('sts:AssumeRole'))).toEqual([
    {
      actions: ['sts:AssumeRole'],
      resources: ['arn:aws:iam::444455556666:role/ProductionImages-RegistryRole-EXAMPLE'],
    },
  ]);
  expect(JSON.stringify(found)).toContain('arn:aws:ecr:eu-central-1:222233334444:repository/shop/*');
  for (const name of ['StagingImages', 'ProductionImages']) {
    const template = Template.fromStack(example.node.findChild(name) as Stack);
    expect(Object.keys(template.findOutputs('*')).join()).toContain('RegistrySettings');
  }
});
