import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import type { MailContent } from '../../src/mail/mail.ts';
import { buildMessage } from '../../src/mail/message.ts';
import { createRenderer } from '../../src/mail/templates/render.ts';
import { SAMPLES } from '../../src/mail/templates/samples.ts';
import { type TemplateName, TEMPLATES } from '../../src/mail/templates/templates.ts';
import { valuesOf } from '../../src/mail/templates/values.ts';

const PUBLIC_URL = 'https://auth.example/under';
const render = createRenderer(undefined, PUBLIC_URL);
const names = Object.keys(TEMPLATES) as TemplateName[];

const message = (content: MailContent, to = 'ada@example.org') =>
  buildMessage({
    row: {
      id: '0b4e2c1e-0000-4000-8000-000000000000',
      template: content.template,
      createdAt: new Date('2026-01-31T12:00:00Z'),
    },
    from: Object.freeze({ name: 'Exämple, "Inc."', address: 'no-reply@exämple.org' }),
    to,
    mail: render(content),
  });

/** A value that is HTML, a placeholder and a header at once. */
const EVIL = '<img src=x onerror=alert(1)>{{code}}\r\nBcc: eve@example.com\r\n\r\n<script>\u202e';

describe('a template', () => {
  it.each(names)('%s links to PUBLIC_URL alone, and loads nothing', (name) => {
    const { subject, text, html } = render(SAMPLES[name]);
    const addresses = [...`${text}${html}`.matchAll(/[a-z]+:\/\/[^\s"<)]*/g)].map(([found]) => found);
    expect(addresses.length).toBeGreaterThan(0);
    expect(addresses.filter((address) => !address.startsWith(PUBLIC_URL))).toEqual([]);
    expect(html).not.toMatch(/<(?:img|script|link|iframe|form|style)|\bsrc=|url\(/i);
    expect(`${subject}${text}${html}`).not.toContain('{{');
    expect(subject).not.toMatch(/[\r\n]/);
  });

  it.each(names)('%s shows its values in the text and in the HTML', (name) => {
    const { text, html } = render(SAMPLES[name]);
    const { username, link, code, factor, left } = valuesOf(SAMPLES[name], PUBLIC_URL);
    for (const value of [username, link, code, factor, left]) {
      expect(text).toContain(value ?? '');
      expect(html).toContain(value ?? '');
    }
  });
});

describe('a value', () => {
  const content: MailContent = {
    template: 'email-changed',
    data: { username: EVIL, path: '/account/undo#token=a', code: 'ABCD-2345', newEmail: EVIL, expiresAt: new Date() },
  };

  it('is text in HTML, and stays on its line', () => {
    const { html, text, subject } = render(content);
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;{{code}} Bcc: eve@example.com &lt;script&gt;');
    expect(html).not.toMatch(/<img|<script/);
    expect(text).toContain('Hello <img src=x onerror=alert(1)>{{code}} Bcc: eve@example.com <script> ,');
    expect(`${html}${text}${subject}`).not.toMatch(/\u202e|\r/);
  });

  it('adds no header and no recipient', async () => {
    const { bytes, to } = await message({
      template: 'invitation',
      data: { ...content.data, invitedBy: EVIL },
    });
    const parsed = await simpleParser(bytes);
    expect(parsed.bcc).toBeUndefined();
    expect(parsed.headers.has('bcc')).toBe(false);
    expect((parsed.to as { text: string }).text).toBe('ada@example.org');
    expect(to).toBe('ada@example.org');
  });

  it('never has the words of a stranger about the browser', () => {
    const data = { kind: 'new-device', username: 'ada', at: new Date(), address: '192.0.2.1' } as const;
    const client = (userAgent: string | null) =>
      valuesOf({ template: 'notice', data: { ...data, userAgent } }, PUBLIC_URL)['client'];
    expect(client('Visit evil.example to keep your account')).toBe('a program, address 192.0.2.1');
    expect(client(null)).toBe('a program, address 192.0.2.1');
    expect(client('Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) AppleWebKit/605 Version/19.0 Mobile Safari/604.1')).toBe(
      'Safari on iPhone, address 192.0.2.1',
    );
    expect(client('Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/140.0 Safari/537.36 Edg/140.0')).toBe(
      'Edge on Windows, address 192.0.2.1',
    );
  });
});

describe('a message', () => {
  it('keeps its id and its date whenever it is built', async () => {
    const [first, second] = await Promise.all([message(SAMPLES['reset-password']), message(SAMPLES['reset-password'])]);
    const parsed = await simpleParser(first.bytes);
    expect(parsed.messageId).toBe('<0b4e2c1e-0000-4000-8000-000000000000@xn--exmple-cua.org>');
    expect(parsed.date).toEqual(new Date('2026-01-31T12:00:00Z'));
    expect((await simpleParser(second.bytes)).messageId).toBe(parsed.messageId);
  });

  it('has a text and an HTML part, and says that no person wrote it', async () => {
    const parsed = await simpleParser((await message(SAMPLES['reset-password'])).bytes);
    expect(parsed.text).toContain('ABCD-2345');
    expect(parsed.html).toContain('ABCD-2345');
    expect(parsed.headers.get('auto-submitted')).toBe('auto-generated');
    expect(parsed.from?.value).toEqual([{ name: 'Exämple, "Inc."', address: 'no-reply@exämple.org' }]);
    expect(parsed.attachments).toEqual([]);
  });

  it('goes to the one address, whatever it looks like', async () => {
    const { to, bytes } = await message(SAMPLES['reset-password'], "o'neil+a=b@exämple.org");
    expect(to).toBe("o'neil+a=b@xn--exmple-cua.org");
    expect(bytes.toString()).toContain("\r\nTo: o'neil+a=b@xn--exmple-cua.org\r\n");
  });
});

describe('MAIL_TEMPLATES', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'gatehouse-templates-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (file: string, text: string | Buffer) => writeFileSync(join(folder, file), text);

  it('replaces the parts that it has', () => {
    write('reset-password.subject', 'A new password for {{username}}\n');
    write('reset-password.html', '<p>{{username}}: <a href="{{link}}">here</a>, {{code}}</p>');
    write('.hidden', 'ignored');
    const mail = createRenderer(folder, PUBLIC_URL)(SAMPLES['reset-password']);
    expect(mail.subject).toBe('A new password for ada');
    expect(mail.html).toBe(
      '<p>ada: <a href="https://auth.example/under/account/sample#token=sample">here</a>, ABCD-2345</p>',
    );
    expect(mail.text).toBe(render(SAMPLES['reset-password']).text);
  });

  it.each([
    ['resetpassword.txt', 'Hello', 'is not <template>.subject, .txt or .html of a template'],
    ['reset-password.md', 'Hello', 'is not <template>.subject, .txt or .html of a template'],
    ['reset-password.txt', ' \n', 'is empty'],
    ['reset-password.txt', Buffer.from([0xff]), 'cannot be read as UTF-8 text'],
    ['reset-password.txt', 'x'.repeat(65_537), 'has more than 65536 bytes'],
    ['reset-password.txt', 'Hello {{factor}}', '{{factor}} is not a value of this template. It has publicUrl, site'],
    ['notice-new-device.txt', 'Hello {{__proto__}}', '{{__proto__}} is not a value'],
    ['reset-password.txt', 'See https://elsewhere.example', 'has an address of its own'],
    ['reset-password.subject', 'One\nTwo', 'has more than one line'],
    ['reset-password.html', '<img src="cid:logo">', 'loads content'],
    ['reset-password.html', '<p style="background:URL (x)">', 'loads content'],
    ['reset-password.html', '<LINK rel=stylesheet>', 'loads content'],
    ['reset-password.html', '<script>1</script>', 'has a script or a form'],
    ['reset-password.html', '<p onclick="x">', 'has a script or a form'],
    ['reset-password.html', '<a href="//elsewhere.example">', 'has a link that does not begin with'],
    ['reset-password.html', "<a href='{{link}}'>", 'has a link that does not begin with'],
  ])('refuses %s: %j', (file, text, problem) => {
    write(file, text);
    expect(() => createRenderer(folder, PUBLIC_URL)).toThrow(problem);
    expect(() => createRenderer(folder, PUBLIC_URL)).toThrow(/^MAIL_TEMPLATES: /);
  });

  it('must exist', () => {
    expect(() => createRenderer(join(folder, 'missing'), PUBLIC_URL)).toThrow(
      /^MAIL_TEMPLATES: .* cannot be read \(ENOENT\)$/,
    );
  });
});

describe('docs/mail.md', () => {
  it('has every template with its values, and no other', () => {
    const shown = [...readFileSync('docs/mail.md', 'utf8').matchAll(/^\| `([a-z-]+)` +\| ((?:`\w+`(?:, )?)+)? *\|$/gm)];
    const documented = shown.map(([, name, values = '']) => [name!, [...values.matchAll(/\w+/g)].map(String).sort()]);
    const everywhere = ['username', 'site', 'publicUrl'];
    const expected = names.map((name) => [
      name,
      Object.keys(valuesOf(SAMPLES[name], PUBLIC_URL))
        .filter((value) => !everywhere.includes(value))
        .sort(),
    ]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(expected));
  });
});
