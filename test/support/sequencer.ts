import sequencer from '@jest/test-sequencer';

// Its types are those of its CommonJS build, in which the class is a member.
const Sequencer = sequencer as unknown as typeof sequencer.default;

/** Begin first, longest first. */
const LONG = [
  'process/workers',
  'attacks/timing',
  'sessions/model',
  'flows/permissions',
  'process/operators',
  'faults/stores',
  'limits/attempts',
  'browser/account',
  'attacks/bad_input',
];

/**
 * Jest begins with what took longest the last time, and in a clean checkout with the largest files: those that are
 * short and take long would be waited for alone, at the end.
 */
export default class LongestFirst extends Sequencer {
  override async sort(tests: Parameters<InstanceType<typeof Sequencer>['sort']>[0]) {
    const rank = ({ path }: { readonly path: string }) => {
      const at = LONG.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
      return at === -1 ? LONG.length : at;
    };
    return (await super.sort(tests)).toSorted((one, other) => rank(one) - rank(other));
  }
}
