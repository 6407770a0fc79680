import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { Activity, Measure } from './measures.ts';
import { nameStep, type Period } from './period.ts';

interface Props {
  readonly measure: Measure;
  readonly activity: readonly Activity[];
  readonly period: Period;
}

const MARGIN = { top: 8, right: 4, bottom: 0, left: 0 };

/** A number over time, in bars. It is a picture: the table beside it has the same numbers to read and to walk through. */
export default function ActivityChart({ measure: { key, name }, activity, period }: Props) {
  const label = (at: unknown) => nameStep(period, String(at));
  return (
    <ResponsiveContainer width="100%" height="100%">
      <BarChart data={[...activity]} margin={MARGIN} accessibilityLayer={false} barCategoryGap="18%">
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="at"
          tickFormatter={label}
          tickLine={false}
          axisLine={{ stroke: 'var(--line)' }}
          minTickGap={32}
          height={24}
        />
        <YAxis
          allowDecimals={false}
          tickLine={false}
          axisLine={false}
          width={36}
          tickCount={4}
          domain={[0, atLeastFour]}
        />
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

/** One attempt is no mountain, and an axis without any event has no height of its own. */
const atLeastFour = (highest: number) => Math.max(4, highest);
