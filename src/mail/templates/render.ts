import escapeHtml from 'escape-html';
import type { MailContent } from '../mail.ts';
import { readTemplates } from './files.ts';
import { SAMPLES } from './samples.ts';
import type { TemplateSource } from './source.ts';
import { type TemplateName, templateName, TEMPLATES } from './templates.ts';
import { type TemplateValues, valuesOf } from './values.ts';

/** A mail as it is sent. */
export type RenderedMail = TemplateSource;

export type RenderMail = (content: MailContent) => RenderedMail;

/**
 * Creates the rendering of mails.
 * @param folder the operator's templates, each of which replaces a part of a template of the server
 * @param publicUrl the address that clients use
 * @throws Error for an operator if a template of the folder cannot be used
 */
export function createRenderer(folder: string | undefined, publicUrl: string): RenderMail {
  const own = folder === undefined ? {} : readTemplates(folder);
  const sources = Object.fromEntries(
    Object.entries(TEMPLATES).map(([name, source]) => [name, { ...source, ...own[name as TemplateName] }]),
  ) as Record<TemplateName, TemplateSource>;
  const render: RenderMail = (content) => fillSource(sources[templateName(content)], valuesOf(content, publicUrl));
  // A value that a template does not have is found now, and not when somebody waits for the mail.
  for (const [name, sample] of Object.entries(SAMPLES)) {
    try {
      render(sample);
    } catch (error) {
      throw new Error(`MAIL_TEMPLATES: ${name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return render;
}

function fillSource({ subject, text, html }: TemplateSource, values: TemplateValues): RenderedMail {
  const escaped = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, escapeHtml(value)]));
  return { subject: fill(subject, values), text: fill(text, values), html: fill(html, escaped) };
}

/** Replaces the placeholders once: a value that looks like one stays as it is. */
function fill(text: string, values: TemplateValues): string {
  return text.replaceAll(/\{\{(.*?)\}\}/g, (_, name: string) => {
    if (!Object.hasOwn(values, name)) {
      throw new Error(`{{${name}}} is not a value of this template. It has ${Object.keys(values).join(', ')}`);
    }
    return values[name]!;
  });
}
