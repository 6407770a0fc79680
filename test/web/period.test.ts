import { describe, expect, it } from '@jest/globals';
import { nameStep, PERIODS, readPeriod, spanOf } from '../../web/console/admin/dashboard/period.ts';

/** In the zone of this process, as the page is in the zone of the browser. */
const NOW = new Date(2026, 10, 25, 17, 12, 34, 500);

describe('the periods of the dashboard', () => {
  it.each([
    ['hour', new Date(2026, 10, 25, 17, 13), '17:12'],
    ['day', new Date(2026, 10, 25, 18), 'Wed 17:00'],
    ['month', new Date(2026, 10, 26), 'Nov 25'],
  ])('the last step of the %s is the one that it is now', (id, end, name) => {
    const period = readPeriod(id);
    const { from, to } = spanOf(period, NOW.getTime());
    expect(to).toBe(end.toISOString());
    expect(Date.parse(from)).toBe(end.getTime() - period.steps * period.stepSeconds * 1000);
    const last = new Date(end.getTime() - period.stepSeconds * 1000).toISOString();
    expect(nameStep(period, last).replace(',', '')).toBe(name);
  });

  it('a day that begins at another hour, because the clocks were changed, keeps its name', () => {
    const month = readPeriod('month');
    const midnight = new Date(2026, 9, 10).getTime();
    expect([-1, 0, 1].map((hours) => nameStep(month, new Date(midnight + hours * 3_600_000).toISOString()))).toEqual(
      Array(3).fill('Oct 10'),
    );
  });

  it('an address that names none means the day', () => {
    expect([null, '', 'constructor', 'year'].map((id) => readPeriod(id))).toEqual(Array(4).fill(PERIODS[1]));
  });
});
