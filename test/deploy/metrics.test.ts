import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { Refusal } from '../../src/kernel/errors.ts';
import { startInstance } from '../support/instance.ts';
import { readSamples, readSelectors, type Samples, type Selector } from '../support/prometheus.ts';
import { readRunbook } from '../support/runbook.ts';
import { startSubgraph, subgraphsOf } from '../support/subgraphs.ts';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

const read = (path: string) => readFileSync(`deploy/${path}`, 'utf8');
const dashboard = JSON.parse(read('grafana/dashboard.json')) as { uid: string; panels: readonly Panel[] };
const rules = (parse(read('prometheus/alerts.yml')) as { groups: { rules: readonly Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const adapter = parse(read('kubernetes/autoscaling/prometheus_adapter.yaml')) as {
  rules: { custom: readonly { seriesQuery: string; metricsQuery: string; name: { as: string } }[] };
};
const keda = parse(read('kubernetes/autoscaling/keda.yaml')) as {
  spec: { triggers: readonly { metadata: { query?: string } }[] };
};

/** Every expression that is shipped, by where it stands. */
const EXPRESSIONS: readonly (readonly [where: string, expression: string])[] = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [`dashboard: ${title}`, expr] as const),
  ),
  ...rules.map(({ alert, expr }) => [`alert: ${alert}`, expr] as const),
  ...adapter.rules.custom.flatMap(({ seriesQuery, metricsQuery }) => [
    ['adapter: series', seriesQuery] as const,
    ['adapter: metric', metricsQuery.replaceAll('<<.GroupBy>>', 'pod').replaceAll('<<.LabelMatchers>>', '')] as const,
  ]),
  ...keda.spec.triggers.flatMap(({ metadata: { query } }) => (query ? [['KEDA', query] as const] : [])),
];

/** Codes that no test produces easily, from the closed table. */
const CODES = [new Refusal('INTERNAL').code];

/** The labels that Prometheus adds to every series. */
const TARGET_LABELS = ['job', 'instance', 'namespace', 'pod'];

describe('the queries of the dashboard, the alerts and the autoscaler', () => {
  let exposed: Samples;
  beforeAll(async () => {
    const shop = await startSubgraph('shop', 'type Query { goods: String hidden: String @authenticated }');
    const env = { SUBGRAPHS: subgraphsOf(shop), REFRESH_GRACE_SECONDS: '0' };
    const gatehouse = await startInstance({ env });
    try {
      const { client, admin, url } = gatehouse;
      const { refreshToken } = await client.login(admin.username, admin.password);
      await client.refresh(refreshToken);
      await client.refresh(refreshToken);
      await client.ask('{ goods hidden }');
      await client.me(undefined);
      exposed = readSamples((await (await fetch(`${url}/metrics`)).text()) + (await ofProcess()));
    } finally {
      await gatehouse.close();
      await shop.stop();
    }
  }, 60_000);

  it.each(EXPRESSIONS)('the server exposes, with those labels: %s', (_where, expression) => {
    const selectors = readSelectors(expression);
    expect(selectors.length).toBeGreaterThan(0);
    expect(selectors.filter(({ metric }) => metric !== 'up' && !exposed.has(metric))).toEqual([]);
    expect(selectors.flatMap(unknownLabels)).toEqual([]);
    expect(selectors.flatMap(unknownValues)).toEqual([]);
  });

  function unknownLabels({ metric, matchers, groupedBy }: Selector): string[] {
    const known = new Set([...TARGET_LABELS, ...(exposed.get(metric)?.keys() ?? [])]);
    return [...Object.keys(matchers), ...groupedBy].filter((label) => !known.has(label));
  }

  /** Only of those that are asked for as they are: patterns and variables are the reader's. */
  function unknownValues({ metric, matchers }: Selector): string[] {
    return Object.entries(matchers)
      .filter(([label]) => !TARGET_LABELS.includes(label))
      .filter(([, { operator }]) => operator === '=')
      .filter(
        ([label, { value }]) => !(label === 'code' ? CODES : [...exposed.get(metric)!.get(label)!]).includes(value),
      )
      .map(([label, { value }]) => `${metric} ${label}=${value}`);
  }
});

/** The metrics of a server process after a garbage collection, in a process of its own: the watcher stays. */
async function ofProcess(): Promise<string> {
  const program = `
    import { setImmediate } from 'node:timers/promises';
    import { createMetrics, watchProcess } from './src/kernel/metrics.ts';
    const metrics = createMetrics();
    watchProcess(metrics);
    gc();
    let text = '';
    while (!text.includes('nodejs_gc_duration_seconds_sum{')) {
      await setImmediate();
      text = await metrics.metrics();
    }
    process.stdout.write(text, () => process.exit());
  `;
  const words = ['--no-warnings', '--expose-gc', '--input-type=module', '--eval', program];
  return (await promisify(execFile)(process.execPath, words)).stdout;
}

describe('the dashboard', () => {
  it('takes its data from where the reader says', () => {
    const sources = dashboard.panels.flatMap(({ datasource, targets = [] }) => [
      ...(datasource ? [datasource.uid] : []),
      ...targets.map((target) => target.datasource.uid),
    ]);
    expect(new Set(sources)).toEqual(new Set(['${datasource}']));
  });

  it('has no panel over another', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { h, w, x, y } }) =>
      Array.from({ length: h * w }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });
});

describe('the alerts', () => {
  it.each(rules)('$alert leads to a section of the runbook, which names it', ({ alert, annotations, labels }) => {
    expect(['critical', 'warning']).toContain(labels.severity);
    const [page, anchor] = annotations.runbook_url.split('#');
    expect(page).toBe('docs/runbook.md');
    expect(readRunbook().find((section) => section.anchor === anchor)?.text).toContain(alert);
  });
});
