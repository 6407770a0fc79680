import escapeHtml from 'escape-html';

/** A text that is HTML and needs no escaping. */
export class Html {
  constructor(readonly text: string) {}
}

/** Builds HTML from a template. It escapes every value for elements and quoted attributes, except {@link Html}. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  return new Html(parts.map((part, at) => part + (at < values.length ? render(values[at]!) : '')).join(''));
}

function render(value: string | Html | readonly Html[]): string {
  if (typeof value === 'string') return escapeHtml(value);
  return value instanceof Html ? value.text : value.map(({ text }) => text).join('');
}
