import './dashboard.css';
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { Activity, Measure } from './measures.ts';
import { nameStep, type Period } from './period.ts';

interface Props {
  readonly measure: Measure;
  readonly activity: readonly Activity[];
  readonly period: Period;
}

const MARGIN = { top: 8, right: 4, bottom: 0, left: 0 };
const TICK = { fill: 'var(--muted)', fontSize: 12 };

/** A bar chart of a number over time. Screen readers use the table, which has the same numbers. */
export default function ActivityChart({ measure: { key, name }, activity, period }: Props) {
  const ticks = ticksUpTo(Math.max(...activity.map((step) => step[key])));
  const label = (at: unknown) => nameStep(period, String(at));
  return (
    <ResponsiveContainer width="100%" height="100%">
      <BarChart data={[...activity]} margin={MARGIN} role="none" accessibilityLayer={false} barCategoryGap="18%">
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="at"
          tickFormatter={label}
          tick={TICK}
          tickLine={false}
          axisLine={{ stroke: 'var(--line)' }}
          minTickGap={32}
          height={24}
        />
        <YAxis ticks={ticks} domain={[0, ticks.at(-1)!]} tick={TICK} tickLine={false} axisLine={false} width={40} />
        <Tooltip
          isAnimationActive={false}
          cursor={{ fill: 'var(--sunken)' }}
          content={({ active, payload, label: at }) =>
            active && payload[0] ? (
              <div className="chart-tip">
                <span className="muted">{label(at)}</span>
                <strong>
                  {name}: {Number(payload[0].value).toLocaleString('en')}
                </strong>
              </div>
            ) : null
          }
        />
        <Bar dataKey={key} fill="var(--series)" radius={[3, 3, 0, 0]} maxBarSize={28} isAnimationActive={false} />
      </BarChart>
    </ResponsiveContainer>
  );
}

/** Returns five ticks at round numbers. The highest is at least 4, so that a single attempt stays a low bar. */
function ticksUpTo(highest: number): number[] {
  const least = Math.max(1, highest / 4);
  const power = 10 ** Math.floor(Math.log10(least));
  const gap = power * [1, 2, 5, 10].find((digit) => digit * power >= least)!;
  return [0, 1, 2, 3, 4].map((line) => line * gap);
}
