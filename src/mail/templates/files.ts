import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TemplateSource } from './source.ts';
import { type TemplateName, TEMPLATES } from './templates.ts';

/** The files of a template, by their extensions. */
const PARTS: Readonly<Record<string, keyof TemplateSource>> = { subject: 'subject', txt: 'text', html: 'html' };

const LONGEST_BYTES = 65_536;

/**
 * The refusals of a template. Threat: a picture from another server tells who read the mail and when, and a link that
 * does not begin with `PUBLIC_URL` is what phishing looks like.
 */
const REFUSALS: readonly (readonly [parts: readonly (keyof TemplateSource)[], pattern: RegExp, problem: string])[] = [
  [['subject', 'text', 'html'], /[a-z][a-z\d+.-]*:\/\//i, 'has an address of its own. Use {{link}} or {{publicUrl}}'],
  [['subject'], /[\r\n]/, 'has more than one line'],
  [
    ['html'],
    /\b(?:src|srcset|background|poster|data)\s*=|url\s*\(|@import|<\s*(?:link|base|object|embed|iframe|img|image|svg|video|audio)\b/i,
    'loads content, which mails must not',
  ],
  [['html'], /<\s*(?:script|form)\b|\bon\w+\s*=|javascript:/i, 'has a script or a form, which mails must not'],
  [
    ['html'],
    /\bhref\s*=\s*(?!"(?:\{\{(?:link|publicUrl)\}\}|mailto:)[^"]*")/i,
    'has a link that does not begin with {{link}} or {{publicUrl}}, in double quotes',
  ],
];

/**
 * Reads the operator's templates: `<template>.subject`, `<template>.txt` and `<template>.html`. Missing files stay as
 * they come with the server. Hidden files are ignored.
 * @throws Error for an operator if the folder cannot be read, or a file cannot be used
 */
export function readTemplates(folder: string): { readonly [name in TemplateName]?: Partial<TemplateSource> } {
  const found: { [name in TemplateName]?: Partial<TemplateSource> } = {};
  for (const file of namesIn(folder)) {
    const [, name = '', extension = ''] = /^([a-z-]+)\.([a-z]+)$/.exec(file) ?? [];
    const part = Object.hasOwn(PARTS, extension) ? PARTS[extension] : undefined;
    if (!part || !isTemplate(name)) {
      const names = Object.keys(TEMPLATES).join(', ');
      throw new Error(`MAIL_TEMPLATES: ${file} is not <template>.subject, .txt or .html of a template: ${names}`);
    }
    const text = readPart(folder, file);
    found[name] = { ...found[name], [part]: checked(file, part, part === 'subject' ? text.trimEnd() : text) };
  }
  return found;
}

function isTemplate(name: string): name is TemplateName {
  return Object.hasOwn(TEMPLATES, name);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.'));
  } catch (error) {
    throw new Error(`MAIL_TEMPLATES: ${folder} cannot be read (${(error as NodeJS.ErrnoException).code})`, {
      cause: error,
    });
  }
}

function readPart(folder: string, file: string): string {
  try {
    const bytes = readFileSync(join(folder, file));
    if (bytes.length <= LONGEST_BYTES) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Error(`MAIL_TEMPLATES: ${file} cannot be read as UTF-8 text`, { cause: error });
  }
  throw new Error(`MAIL_TEMPLATES: ${file} has more than ${LONGEST_BYTES} bytes`);
}

function checked(file: string, part: keyof TemplateSource, text: string): string {
  if (text.trim() === '') throw new Error(`MAIL_TEMPLATES: ${file} is empty`);
  const refusal = REFUSALS.find(([parts, pattern]) => parts.includes(part) && pattern.test(text));
  if (refusal) throw new Error(`MAIL_TEMPLATES: ${file} ${refusal[2]}`);
  return text;
}
