import escapeHtml from 'escape-html';

/**
 * The source of a mail. `{{name}}` stands for a value. The values are escaped in `html`, and have no line breaks.
 */
export interface TemplateSource {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A paragraph: text, the link as a button, or the code in large letters. */
type Block = string | { readonly button: string } | { readonly code: true };

export const CODE: Block = { code: true };

export const button = (label: string): Block => ({ button: label });

/** Builds the text and the HTML of a mail from the same paragraphs. The HTML has no image, no script and no web font. */
export function source(subject: string, ...blocks: readonly Block[]): TemplateSource {
  const paragraphs = [...blocks, FOOTER];
  return {
    subject,
    text: `${paragraphs.map(textOf).join('\n\n')}\n`,
    html: page(subject, paragraphs.map(htmlOf).join('\n')),
  };
}

const FOOTER = 'This mail was sent by {{site}} ({{publicUrl}}).';

function textOf(block: Block): string {
  if (typeof block === 'string') return block;
  return 'button' in block ? `${block.button}:\n{{link}}` : '    {{code}}';
}

function htmlOf(block: Block): string {
  if (typeof block === 'string') return `<p style="margin:0 0 16px">${escapeHtml(block)}</p>`;
  if ('code' in block) {
    return '<p style="margin:0 0 16px;font:700 24px/1.4 monospace;letter-spacing:2px">{{code}}</p>';
  }
  return (
    '<p style="margin:0 0 16px"><a href="{{link}}" style="display:inline-block;padding:12px 20px;border-radius:6px;' +
    `background:#1d4ed8;color:#ffffff;text-decoration:none;font-weight:600">${escapeHtml(block.button)}</a></p>`
  );
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
</head>
<body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif">
<div style="max-width:560px;margin:0 auto">
${body}
</div>
</body>
</html>
`;
}
