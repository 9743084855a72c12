import { type BuildMachine, COMPUTE_SIZES, USUAL_MACHINE } from '../../../core/contract/job';
/** Prices are those that were found published; what is not known is said, never made up. */
import { buildCost, costText, PRICE_SOURCES, PRICES, priceOf } from '../../../core/estimate/price';

const ARM: BuildMachine = { compute: 'medium', architecture: 'arm64' };
const HUGE: BuildMachine = { compute: 'xlarge', architecture: 'x86_64' };

describe('the price table', () => {
  test('has each machine of a region once, a size that CodeBuild has, and a dated source', () => {
    const names = PRICES.map(({ region, compute, architecture }) => [region, compute, architecture].join(' '));

    expect(new Set(names).size).toBe(names.length);
    for (const { compute, dollars, source } of PRICES) {
      expect(COMPUTE_SIZES).toContain(compute);
      expect(dollars).toBeGreaterThan(0);
      expect(PRICE_SOURCES[source]).toMatch(/\b20\d\d$/);
    }
  });

  test('is higher for each larger machine, and lower on ARM', () => {
    const dollars = (machine: BuildMachine) => priceOf(machine, 'us-east-1')?.dollars ?? Number.NaN;
    const known = COMPUTE_SIZES.map((compute) => dollars({ compute, architecture: 'x86_64' })).filter(Number.isFinite);

    expect(known).toEqual([0.005, 0.01, 0.02, 0.2]);
    expect(dollars(ARM)).toBeLessThan(dollars(USUAL_MACHINE));
  });
});

describe('the cost of builds', () => {
  test('is minutes times price, by machine, in cents', () => {
    const jobs = [
      { minutes: 12, machine: USUAL_MACHINE },
      { minutes: 3, machine: { ...USUAL_MACHINE, compute: 'small' as const } },
      { minutes: 30, machine: ARM },
    ];

    expect(buildCost(jobs, 'us-east-1')).toEqual({ cost: 0.35, notes: [] });
    expect(buildCost([{ minutes: 503, machine: USUAL_MACHINE }], 'eu-west-1')).toEqual({ cost: 5.03, notes: [] });
  });

  test('has one note if the price of the region is unknown', () => {
    const jobs = [1, 2, 3].map((minutes) => ({ minutes, machine: USUAL_MACHINE }));

    expect(buildCost(jobs, 'eu-central-1')).toEqual({
      cost: 0.06,
      notes: ['no price of general1.medium in eu-central-1 is known here; the price of us-east-1 is used'],
    });
  });

  test('is unknown if a machine has no price in any region', () => {
    const cost = buildCost(
      [
        { minutes: 1, machine: HUGE },
        { minutes: 1, machine: USUAL_MACHINE },
      ],
      'us-east-1',
    );

    expect(cost).toEqual({
      cost: null,
      notes: ['no price of general1.xlarge is known here; see https://aws.amazon.com/codebuild/pricing/'],
    });
    expect(costText(cost)).toBe('cost unknown');
  });
});
