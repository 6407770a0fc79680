import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { Config } from '../../config/config.ts';
import { codeOf } from '../../store/database/outage.ts';
import { type Finding, type Look, reasonOf } from './finding.ts';

const PATIENCE_MS = 5_000;
const DAY_MS = 86_400_000;
/** Leaves time to find out why the certificate was not renewed automatically. */
const [SOON_DAYS, LATE_DAYS] = [21, 7];
const UNREACHED = 'If a server is running, check DNS, proxy and TLS.';

/** Checks PUBLIC_URL as clients reach it: readiness, certificate, HSTS, and plain HTTP. */
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
    const says = `${publicUrl} does not respond: ${reasonOf(error)}`;
    return [{ check, state: 'warn', says, todo: UNREACHED }];
  }
  const body = (await answer.json().catch(() => ({}))) as { status?: string; checks?: Record<string, string> };
  if (body.status === undefined || body.checks === undefined) {
    const says = `${publicUrl} returned ${answer.status}, and it is not Gatehouse`;
    return [
      {
        check,
        state: 'fail',
        says,
        todo: 'Set PUBLIC_URL to the address that clients use, and let its proxy forward requests to Gatehouse.',
      },
    ];
  }
  const away = Object.entries(body.checks).filter(([, state]) => state !== 'ok');
  const findings: Finding[] = [
    away.length === 0
      ? { check, state: 'ok', says: `${publicUrl} responds and is ready` }
      : {
          check,
          state: answer.ok ? 'warn' : 'fail',
          says: `${publicUrl} responds; ${away.map(([name, state]) => `${name} is ${state}`).join(', ')}`,
          todo: "Read the server's log for the cause.",
        },
  ];
  if (secure) {
    const hsts = answer.headers.get('strict-transport-security');
    findings.push(
      hsts === null
        ? {
            check: 'HSTS',
            state: 'warn',
            says: 'the response has no Strict-Transport-Security header',
            todo: 'The proxy removes it, or the server runs with a PUBLIC_URL that is not https://.',
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
    // Accepts any certificate, so that the finding can name its fault; nothing is sent.
    const socket = connect({
      host,
      port: Number(port || 443),
      ...(isIP(host) ? {} : { servername: host }),
      rejectUnauthorized: false,
      timeout: PATIENCE_MS,
    });
    const none = (says: string) => finish({ check, state: 'warn', says, todo: UNREACHED });
    socket.once('timeout', () => none('there is no TLS response'));
    socket.once('error', (error) => none(`no TLS: ${reasonOf(error)}`));
    socket.once('secureConnect', () => {
      const until = new Date(socket.getPeerCertificate().valid_to);
      const days = Math.floor((until.getTime() - Date.now()) / DAY_MS);
      const says = `valid until ${until.toISOString().slice(0, 10)} (${days} days)`;
      if (days < 0) return finish({ check, state: 'fail', says: `expired ${until.toISOString()}`, todo: RENEW });
      if (!socket.authorized) {
        const reason = `clients refuse it: ${String(socket.authorizationError)}`;
        return finish({
          check,
          state: 'fail',
          says: reason,
          todo: 'Serve a certificate for this host name, with its complete chain.',
        });
      }
      if (days > SOON_DAYS) return finish({ check, state: 'ok', says });
      return finish({ check, state: days > LATE_DAYS ? 'warn' : 'fail', says, todo: RENEW });
    });
  });
}

const RENEW = 'Renew it, and find out why it was not renewed automatically.';

async function ofPlainHttp({ hostname, port }: URL): Promise<Finding> {
  const check = 'http';
  if (port !== '') return { check, state: 'note', says: 'not checked: PUBLIC_URL has a port' };
  try {
    const { status, headers } = await get(`http://${hostname}/`);
    const to = headers.get('location') ?? '';
    if (status >= 301 && status <= 308 && to.startsWith('https:')) {
      return { check, state: 'ok', says: 'plain HTTP redirects to HTTPS' };
    }
    const todo = 'Let the proxy redirect port 80 to https:// with 308: passwords would be sent unencrypted.';
    return { check, state: 'warn', says: `plain HTTP returns ${status} and does not redirect to HTTPS`, todo };
  } catch (error) {
    // A host that was not reached has refused nothing.
    return codeOf((error as Error).cause) === 'ECONNREFUSED'
      ? { check, state: 'ok', says: 'plain HTTP is closed' }
      : { check, state: 'note', says: `not checked: ${reasonOf(error)}` };
  }
}

function get(url: string): Promise<Response> {
  return fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) });
}
