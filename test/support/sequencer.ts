import { relative } from 'node:path';
import sequencer from '@jest/test-sequencer';
import { recordedDurations } from './durations.ts';

// The types describe its CommonJS build, in which the class is a member.
const Sequencer = sequencer as unknown as typeof sequencer.default;

/** Runs the longest files first, because a long file at the end would occupy a single worker. */
export default class LongestFirst extends Sequencer {
  override async sort(tests: Parameters<InstanceType<typeof Sequencer>['sort']>[0]) {
    const recorded = recordedDurations();
    // `duration` is the file's last duration in this checkout.
    const durationOf = ({ path, duration }: { readonly path: string; readonly duration?: number }) =>
      duration ?? recorded.get(relative('.', path)) ?? 0;
    return (await super.sort(tests)).toSorted((one, other) => durationOf(other) - durationOf(one));
  }
}
