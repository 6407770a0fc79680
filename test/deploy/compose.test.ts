import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { secretVariables, Variables } from '../../src/config/variables.ts';
import { DRAIN_SECONDS } from '../../src/http/drain.ts';

interface Service {
  readonly image?: string;
  readonly user?: string;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly [setting: string]: unknown;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
}

const read = (path: string) => parse(readFileSync(path, 'utf8'), { merge: true }) as Compose;
const production = read('docker-compose.yml');
const observability = read('deploy/grafana/docker-compose.observability.yml');
const { gatehouse, ...around } = production.services;
const { gatehouse: watched, ...watching } = observability.services;

const B3_HEADERS = ['TraceId', 'SpanId', 'ParentSpanId', 'Sampled', 'Flags'].map((name) => `X-B3-${name}`);

/** Decided by the image or by the deployment. */
const NOT_IN_COMPOSE = ['NODE_ENV', 'DATA_DIR', 'ALLOW_EMBEDDED'];

describe('the compose files', () => {
  it.each(Object.entries({ ...production.services, ...watching }))(
    '%s may do little, write little, and take no more than its share',
    (_name, service) => {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        deploy: { resources: { limits: { memory: expect.any(String) } } },
      });
    },
  );

  it.each(Object.entries({ ...around, ...watching }))(
    '%s is of a version that is named, and is not root',
    (_name, service) => {
      expect(service.image).toMatch(/:v?\d+\.?\d/);
      expect(service.user).toMatch(/^(?!0|root)/);
    },
  );

  it('give the server settings that there are, and secrets as files', () => {
    const known = [...Object.keys(Variables.shape), ...secretVariables.map((name) => `${name}_FILE`)];
    const names = Object.keys(gatehouse!.environment!);
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
    // A line in `.env` would change nothing, without a warning.
    const passed = names.flatMap((name) => [name, name.replace(/_FILE$/, '')]);
    expect(Object.keys(Variables.shape).filter((name) => !passed.includes(name))).toEqual(NOT_IN_COMPOSE);
    // The address of Redis has no password in it.
    const secrets = names.filter((name) => secretVariables.some((secret) => secret === name));
    expect(secrets.map((name) => gatehouse!.environment![name])).toEqual(['redis://redis:6379']);
  });

  it('are prepared by commands whose files and folders another user can read', () => {
    const head = readFileSync('docker-compose.yml', 'utf8').split('# Then:')[0]!;
    const commands = head.match(/(?<=^# {3})\S.*/gm)!;
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-compose-'));
    try {
      execFileSync('bash', ['-ec', commands.join('\n')], { cwd: folder });
      const modes = globSync('secrets/*', { cwd: folder }).map((path) => {
        const entry = statSync(join(folder, path));
        return [path, entry.isDirectory() ? entry.mode & 0o005 : entry.mode & 0o777];
      });
      expect(Object.fromEntries(modes)).toEqual({
        'secrets/database_url': 0o444,
        'secrets/gatehouse': 0o005,
        'secrets/jwt_secret_key': 0o444,
        'secrets/postgres_password': 0o444,
      });
      expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o700);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('give the server longer to stop than draining takes', () => {
    expect(Number.parseInt(gatehouse!['stop_grace_period'] as string)).toBeGreaterThanOrEqual(DRAIN_SECONDS + 10);
  });

  it('let only nginx into the network whose addresses the server believes, and no store out', () => {
    const inEdge = Object.entries({ ...around, ...watching }).filter(([, { networks }]) => networks?.includes('edge'));
    expect(inEdge.map(([name]) => name)).toEqual(['nginx']);
    expect(watched!.networks).toEqual(['observability']);
    expect(production.networks['data']?.internal).toBe(true);
    expect(observability.networks['observability']?.internal).toBe(true);
  });

  it.each(['traceparent', 'tracestate', 'baggage', 'b3', 'uber-trace-id'].concat(B3_HEADERS))(
    'let no stranger say what a trace is: %s',
    (name) => {
      const edge = readFileSync('deploy/nginx/locations.conf', 'utf8');
      expect(edge).toMatch(new RegExp(`^ +proxy_set_header +${name} +"";$`, 'im'));
    },
  );

  it('publish the edge and Grafana to this machine, and nothing else', () => {
    const published = Object.entries({ ...production.services, ...watching }).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => `${name} ${port}`),
    );
    expect(published).toEqual([
      'nginx ${GATEHOUSE_LISTEN:-127.0.0.1:8080}:8080',
      'grafana ${GRAFANA_LISTEN:-127.0.0.1:3000}:3000',
    ]);
  });

  it('mount files that are there', () => {
    const mounted = Object.values({ ...production.services, ...watching })
      .flatMap(({ volumes = [] }) => volumes)
      .map((volume) => volume.split(':')[0]!)
      .filter((path) => path.startsWith('./deploy'));
    expect(mounted.length).toBeGreaterThan(4);
    expect(mounted.filter((path) => !existsSync(path))).toEqual([]);
  });
});
