import { describe, expect, it } from '@jest/globals';
import { createStepUp } from '../../web/step_up.ts';

const required = { maxAge: 900, acr: 'urn:gatehouse:acr:1', methods: ['PASSWORD'] } as const;

describe('the question that refused operations share', () => {
  it('is asked once for all that are refused at the same time, and anew afterwards', async () => {
    const stepUp = createStepUp();
    const shown: unknown[] = [];
    stepUp.subscribe(() => shown.push(stepUp.asked));
    const answers = [stepUp.ask(required), stepUp.ask({ ...required, maxAge: 1 })];
    stepUp.settle(true);
    expect(await Promise.all(answers)).toEqual([true, true]);
    expect(shown).toEqual([required, undefined]);
    const later = stepUp.ask(required);
    expect(stepUp.asked).toBe(required);
    stepUp.settle(false);
    expect(await later).toBe(false);
  });

  it('ignores an answer without a question', () => {
    const stepUp = createStepUp();
    const stop = stepUp.subscribe(() => expect(stepUp.asked).toBeDefined());
    stepUp.settle(true);
    stop();
    expect(stepUp.asked).toBeUndefined();
  });
});
