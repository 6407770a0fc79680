import escapeHtml from 'escape-html';

/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

/** A template in which every value is text, escaped for elements and quoted attributes, unless it is {@link Html}. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  return new Html(parts.map((part, at) => part + (at < values.length ? render(values[at]!) : '')).join(''));
}

function render(value: string | Html | readonly Html[]): string {
  if (typeof value === 'string') return escapeHtml(value);
  return value instanceof Html ? value.text : value.map(({ text }) => text).join('');
}
