import './dashboard.css';
import { Row, Table } from '../../ui/table.tsx';
import { type Activity, MEASURES } from './measures.ts';
import { nameStep, type Period } from './period.ts';

/** The numbers of the charts, as a table. */
export function ActivityTable({
  activity,
  period,
}: {
  readonly activity: readonly Activity[];
  readonly period: Period;
}) {
  return (
    <details className="numbers">
      <summary>The same numbers as a table</summary>
      <Table label="Activity" columns={['Time', ...MEASURES.map(({ name }) => name)]}>
        {activity.toReversed().map((step) => (
          <Row
            key={step.at}
            cells={[
              [
                'Time',
                <time key="at" dateTime={step.at}>
                  {nameStep(period, step.at)}
                </time>,
              ],
              ...MEASURES.map(({ key, name }) => [name, step[key].toLocaleString('en')] as const),
            ]}
          />
        ))}
      </Table>
    </details>
  );
}
