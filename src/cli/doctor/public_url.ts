import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { Config } from '../../config/config.ts';
import { type Finding, type Look, reasonOf } from './finding.ts';

const PATIENCE_MS = 5_000;
const DAY_MS = 86_400_000;
/** Time to find out why it is not renewed by itself. */
const [SOON_DAYS, LATE_DAYS] = [21, 7];
const UNREACHED = 'Nothing to do where no server runs yet; else see to DNS, proxy, TLS.';

/** The address that clients use, asked as they ask it: what answers, its certificate, and what is in front of it. */
export function lookAtPublicUrl({ http: { publicUrl } }: Pick<Config, 'http'>): Look[] {
  const needs = ['PUBLIC_URL', 'HOST', 'PORT'];
  const secure = publicUrl.startsWith('https:');
  return [
    { check: 'PUBLIC_URL', needs, run: () => ofServer(publicUrl, secure) },
    ...(secure
      ? [
          { check: 'certificate', needs, run: async () => [await ofCertificate(new URL(publicUrl))] },
          { check: 'http', needs, run: async () => [await ofPlainHttp(new URL(publicUrl))] },
        ]
      : []),
  ];
}

async function ofServer(publicUrl: string, secure: boolean): Promise<Finding[]> {
  const check = 'PUBLIC_URL';
  let answer;
  try {
    answer = await get(`${publicUrl}/health/ready`);
  } catch (error) {
    const says = `${publicUrl} does not answer: ${reasonOf(error)}`;
    return [{ check, state: 'warn', says, todo: UNREACHED }];
  }
  const body = (await answer.json().catch(() => ({}))) as { status?: string; checks?: Record<string, string> };
  if (body.status === undefined || body.checks === undefined) {
    const says = `${publicUrl} answers ${answer.status}, and it is not Gatehouse that does`;
    return [
      { check, state: 'fail', says, todo: 'Set PUBLIC_URL to the address clients use, and have its proxy ask us.' },
    ];
  }
  const away = Object.entries(body.checks).filter(([, state]) => state !== 'ok');
  const findings: Finding[] = [
    away.length === 0
      ? { check, state: 'ok', says: `${publicUrl} answers, and is ready` }
      : {
          check,
          state: answer.ok ? 'warn' : 'fail',
          says: `${publicUrl} answers; ${away.map(([name, state]) => `${name} is ${state}`).join(', ')}`,
          todo: "The server's log says why.",
        },
  ];
  if (secure) {
    const hsts = answer.headers.get('strict-transport-security');
    findings.push(
      hsts === null
        ? {
            check: 'HSTS',
            state: 'warn',
            says: 'Strict-Transport-Security does not arrive',
            todo: 'The proxy takes it out, or the server runs with another PUBLIC_URL: it sends it where that is https://.',
          }
        : { check: 'HSTS', state: 'ok', says: hsts },
    );
  }
  return findings;
}

function ofCertificate({ hostname, port }: URL): Promise<Finding> {
  const check = 'certificate';
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    const finish = (finding: Finding) => {
      socket.destroy();
      resolve(finding);
    };
    // Looked at whatever it is, to say what is wrong with it; nothing is sent.
    const socket = connect({
      host,
      port: Number(port || 443),
      ...(isIP(host) ? {} : { servername: host }),
      rejectUnauthorized: false,
      timeout: PATIENCE_MS,
    });
    const none = (says: string) => finish({ check, state: 'warn', says, todo: UNREACHED });
    socket.once('timeout', () => none('nothing answers with TLS'));
    socket.once('error', (error) => none(`no TLS: ${reasonOf(error)}`));
    socket.once('secureConnect', () => {
      const until = new Date(socket.getPeerCertificate().valid_to);
      const days = Math.floor((until.getTime() - Date.now()) / DAY_MS);
      const says = `good until ${until.toISOString().slice(0, 10)}, ${days} days`;
      if (days < 0) return finish({ check, state: 'fail', says: `expired ${until.toISOString()}`, todo: RENEW });
      if (!socket.authorized) {
        const reason = `clients refuse it: ${String(socket.authorizationError)}`;
        return finish({ check, state: 'fail', says: reason, todo: 'Serve one of this name, with its whole chain.' });
      }
      if (days > SOON_DAYS) return finish({ check, state: 'ok', says });
      return finish({ check, state: days > LATE_DAYS ? 'warn' : 'fail', says, todo: RENEW });
    });
  });
}

const RENEW = 'Renew it, and see why that did not happen by itself.';

async function ofPlainHttp({ hostname, port }: URL): Promise<Finding> {
  const check = 'http';
  if (port !== '') return { check, state: 'note', says: `PUBLIC_URL has a port: plain HTTP is not looked for` };
  try {
    const { status, headers } = await get(`http://${hostname}/`);
    const to = headers.get('location') ?? '';
    if (status >= 301 && status <= 308 && to.startsWith('https:')) {
      return { check, state: 'ok', says: 'plain HTTP leads to HTTPS' };
    }
    const todo = 'Have the proxy answer 308 to https:// on port 80: passwords would travel in the clear.';
    return { check, state: 'warn', says: `plain HTTP answers ${status}, and does not lead to HTTPS`, todo };
  } catch (error) {
    const reason = reasonOf(error);
    // Whoever was not reached has refused nothing.
    return /ECONNREFUSED/.test(reason)
      ? { check, state: 'ok', says: 'plain HTTP is closed' }
      : { check, state: 'note', says: `not looked at: ${reason}` };
  }
}

function get(url: string): Promise<Response> {
  return fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) });
}
