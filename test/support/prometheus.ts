/** The values of each label, by series, as `/metrics` shows them. A metric without samples has no labels. */
export type Samples = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

/** A series in an expression, with the labels that the expression groups by. */
export interface Selector {
  readonly metric: string;
  readonly matchers: Readonly<Record<string, { readonly operator: string; readonly value: string }>>;
  readonly groupedBy: readonly string[];
}

const LABEL = /([a-z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/gi;

export function readSamples(text: string): Samples {
  const samples = new Map<string, Map<string, Set<string>>>();
  for (const [, name, labels = ''] of text.matchAll(/^([a-z_:]\w*)(?:\{(.*)\})? \S+$/gim)) {
    const known = samples.get(name!) ?? new Map<string, Set<string>>();
    samples.set(name!, known);
    for (const [, label, , value] of labels.matchAll(LABEL)) {
      known.set(label!, (known.get(label!) ?? new Set()).add(value!));
    }
  }
  return samples;
}

/**
 * Returns the series that a PromQL expression selects. It is not a parser: every name that is not a function,
 * aggregation, operator or label counts as a metric, and `by` groups all of them.
 */
export function readSelectors(expression: string): Selector[] {
  const groupedBy: string[] = [];
  const rest = expression.replaceAll(/\bby\s*\(([^)]*)\)/g, (_, labels: string) => {
    groupedBy.push(...labels.split(',').map((label) => label.trim()));
    return '';
  });
  const names = rest.matchAll(/\b([a-z_:][\w:]*)\b(?!\s*\()\s*(\{(?:[^}"]|"(?:[^"\\]|\\.)*")*\})?(?:\[[^\]]*\])?/gi);
  return [...names].map(([, metric, matchers = '']) => ({
    metric: metric!,
    matchers: Object.fromEntries(
      [...matchers.matchAll(LABEL)].map(([, label, operator, value]) => [
        label,
        { operator: operator!, value: value! },
      ]),
    ),
    groupedBy,
  }));
}
