import './dashboard.css';
import { lazy, Suspense } from 'react';
import { Link } from 'react-router';
import { Card } from '../../ui/card.tsx';
import { linkToEvents, nameOfType } from '../audit/event_types.ts';
import { type Activity, type Measure, sumOf } from './measures.ts';
import { nameStep, type Period } from './period.ts';

// Loaded later, because the chart library is large and the numbers need not wait for it.
const ActivityChart = lazy(() => import('./activity_chart.tsx'));

interface Props {
  readonly measure: Measure;
  /** Undefined while it loads. The card keeps its height. */
  readonly activity: readonly Activity[] | undefined;
  readonly period: Period;
  readonly from: string;
}

/** The total and the chart of a number, with links to its events. */
export function ActivityCard({ measure, activity, period, from }: Props) {
  const { key, name, about, types } = measure;
  const total = activity && sumOf(activity, measure);
  const isAlarming = key === 'reuses' && total !== undefined && total > 0;
  return (
    <Card title={name} lead={about} actions={<Count total={total} isAlarming={isAlarming} />}>
      <div
        className={`chart ${key}`}
        role="img"
        aria-label={activity ? inWords(measure, activity, period) : `${name}: loading`}
      >
        {activity && (
          <Suspense fallback={null}>
            <ActivityChart measure={measure} activity={activity} period={period} />
          </Suspense>
        )}
      </div>
      <p className="row small">
        {types.map((type) => (
          <Link key={type} to={linkToEvents(type, from)}>
            {types.length === 1 ? 'Show in the audit log' : nameOfType(type)}
            <span className="hidden">: {name}</span>
          </Link>
        ))}
      </p>
    </Card>
  );
}

function Count({ total, isAlarming }: { readonly total: number | undefined; readonly isAlarming: boolean }) {
  return (
    <span className={isAlarming ? 'count alarming' : 'count'}>
      {total === undefined ? '–' : total.toLocaleString('en')}
    </span>
  );
}

function inWords(measure: Measure, activity: readonly Activity[], period: Period): string {
  const { key, name } = measure;
  const most = activity.reduce((high, step) => (step[key] > high[key] ? step : high));
  const peak = most[key] > 0 ? `, most of them at ${nameStep(period, most.at)}: ${most[key]}` : '';
  return `${name}, ${period.name}: ${sumOf(activity, measure)}${peak}`;
}
