import { recordedMinutes, withRecordedMinutes } from '../../../core/estimate/estimate-builds';

const build = (name: string, seconds: number, endedAt: number) => ({
  name,
  machine: 'x86_64 medium',
  parts: { queue: 5000, build: seconds },
  submittedAt: 0,
  endedAt,
});

describe('recorded minutes', () => {
  test('are the median of the last builds, in started minutes', () => {
    const builds = [build('auth', 600, 1), build('auth', 61, 2), build('auth', 130, 3), build('etcd', 1, 4)];

    expect(recordedMinutes(builds)).toEqual(
      new Map([
        ['auth', 3],
        ['etcd', 1],
      ]),
    );
  });

  test('ignore old builds of a service', () => {
    const old = Array.from({ length: 50 }, (_, index) => build('auth', 6000, index));
    const newer = Array.from({ length: 10 }, (_, index) => build('auth', 60, 100 + index));

    expect(recordedMinutes([...newer, ...old])).toEqual(new Map([['auth', 1]]));
  });

  test('replace those of the catalog if there are any', () => {
    const services = [
      { name: 'auth', minutes: 12, stage: 'a' },
      { name: 'etcd', minutes: 5, stage: 'a' },
    ];

    expect(withRecordedMinutes(services, new Map([['auth', 3]]))).toEqual([
      { name: 'auth', minutes: 3, stage: 'a' },
      { name: 'etcd', minutes: 5, stage: 'a' },
    ]);
  });
});
