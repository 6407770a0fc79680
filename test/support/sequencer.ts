import { relative } from 'node:path';
import sequencer from '@jest/test-sequencer';
import { recordedDurations } from './durations.ts';

// Its types are those of its CommonJS build, in which the class is a member.
const Sequencer = sequencer as unknown as typeof sequencer.default;

/** Begins with the files that take longest: one of them alone at the end would keep a single worker busy. */
export default class LongestFirst extends Sequencer {
  override async sort(tests: Parameters<InstanceType<typeof Sequencer>['sort']>[0]) {
    const recorded = recordedDurations();
    // `duration` is how long a file took in this checkout the last time.
    const durationOf = ({ path, duration }: { readonly path: string; readonly duration?: number }) =>
      duration ?? recorded.get(relative('.', path)) ?? 0;
    return (await super.sort(tests)).toSorted((one, other) => durationOf(other) - durationOf(one));
  }
}
