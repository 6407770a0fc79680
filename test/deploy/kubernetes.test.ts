import { readdirSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { readConfig } from '../../src/config/config.ts';
import { secretVariables, Variables } from '../../src/config/variables.ts';
import { DRAIN_SECONDS } from '../../src/http/drain.ts';
import { type Instance, startInstance } from '../support/instance.ts';

// A manifest's shape is Kubernetes's to check (`kubectl apply --dry-run=server`); here is what it cannot know.
type Manifest = Record<string, any>;

const FOLDER = 'deploy/kubernetes';
const read = (path: string) => readFileSync(`${FOLDER}/${path}`, 'utf8');
const manifests = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yaml'))
  .flatMap((path) =>
    parseAllDocuments(read(path), { merge: true }).map((document) => {
      if (document.errors.length > 0) throw new Error(`${path}: ${document.errors[0]!.message}`);
      return { path, manifest: document.toJS() as Manifest };
    }),
  );
const ofKind = (kind: string): Manifest => {
  const found = manifests.find(({ manifest }) => manifest['kind'] === kind)?.manifest;
  if (!found) throw new Error(`no ${kind}`);
  return found;
};

const deployment = ofKind('Deployment');
const pod = deployment['spec'].template.spec;
const [container] = pod.containers;
const labels: Record<string, string> = deployment['spec'].template.metadata.labels;
const settings = parseEnv(read('gatehouse.env')) as Record<string, string>;
const given = Object.fromEntries(container.env.map(({ name, value }: Manifest) => [name, value])) as Record<
  string,
  string
>;

describe('the manifests for Kubernetes', () => {
  it('are all applied, or belong to a part that not every cluster has', () => {
    const applied = ofKind('Kustomization')['resources'] as string[];
    const there = manifests
      .map(({ path }) => path)
      .filter((path) => !path.includes('/') && path !== 'kustomization.yaml');
    expect([...new Set(there)].toSorted()).toEqual(applied.toSorted());
  });

  it('are of versions that clusters serve', () => {
    expect(
      Object.fromEntries(manifests.flatMap(({ manifest: { kind, apiVersion } }) => (kind ? [[kind, apiVersion]] : []))),
    ).toEqual({
      Kustomization: 'kustomize.config.k8s.io/v1beta1',
      Namespace: 'v1',
      ServiceAccount: 'v1',
      Deployment: 'apps/v1',
      Service: 'v1',
      Ingress: 'networking.k8s.io/v1',
      PodDisruptionBudget: 'policy/v1',
      HorizontalPodAutoscaler: 'autoscaling/v2',
      NetworkPolicy: 'networking.k8s.io/v1',
      PodMonitor: 'monitoring.coreos.com/v1',
      ScaledObject: 'keda.sh/v1alpha1',
    });
  });
});

describe('the pods', () => {
  it('may do what the "restricted" pod security standard lets them, and no more', () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(ofKind('Namespace')['metadata'].labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    for (const unwanted of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers'])
      expect(pod).not.toHaveProperty(unwanted);
  });

  it('run as the user that the image has', () => {
    expect(readFileSync('Dockerfile', 'utf8')).toContain(
      `USER ${pod.securityContext.runAsUser}:${pod.securityContext.runAsGroup}`,
    );
  });

  it('have no token of the cluster', () => {
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(ofKind('ServiceAccount')).toMatchObject({
      metadata: { name: pod.serviceAccountName },
      automountServiceAccountToken: false,
    });
  });

  it('write nowhere but to /tmp', () => {
    const writable = container.volumeMounts.filter(({ readOnly }: Manifest) => !readOnly);
    expect(writable.map(({ mountPath }: Manifest) => mountPath)).toEqual(['/tmp']);
  });

  it('get secrets as files, never as values', () => {
    const names = [...Object.keys(given), ...Object.keys(settings)];
    expect(names.filter((name) => (secretVariables as readonly string[]).includes(name))).toEqual([]);
    expect(JSON.stringify(pod)).not.toContain('secretKeyRef');
    const secrets = container.volumeMounts.find(({ name }: Manifest) => name === 'secrets');
    for (const [, path] of Object.entries(given).filter(([name]) => name.endsWith('_FILE'))) {
      expect(path).toMatch(new RegExp(`^${secrets.mountPath}/[a-z_]+$`));
    }
    // Owner and group, which is the one of fsGroup.
    expect(pod.volumes.find(({ name }: Manifest) => name === 'secrets').secret.defaultMode).toBe(0o440);
    expect(pod.securityContext.fsGroup).toBe(pod.securityContext.runAsGroup);
  });

  it('are configured so that they start', () => {
    const secrets: Record<string, string> = {
      DATABASE_URL: 'postgresql://gatehouse:secret@postgres.example.com/gatehouse?sslmode=verify-full',
      REDIS_URL: 'rediss://:secret@redis.example.com:6379',
      JWT_SECRET_KEY: 'a secret of the tests, 32 bytes or more',
    };
    const plain = Object.entries({ ...settings, ...given }).map(([name, value]) => {
      const secret = secrets[name.replace(/_FILE$/, '')];
      return secret === undefined ? [name, value] : [name.replace(/_FILE$/, ''), secret];
    });
    // As the image sets it.
    const config = readConfig({ NODE_ENV: 'production', ...Object.fromEntries(plain) });
    expect(config.http).toMatchObject({ host: '0.0.0.0', trustProxy: [settings['TRUST_PROXY']] });
    expect(
      Object.keys({ ...settings, ...given }).filter((name) => !(name.replace(/_FILE$/, '') in Variables.shape)),
    ).toEqual([]);
  });

  it('have memory for the server and for every hash that may run at once', () => {
    const hashes = (Number(settings['HASH_AT_ONCE']) * Variables.parse({}).ARGON2_MEMORY_KIB) / 1024;
    expect(mebibytes(container.resources.limits.memory)).toBeGreaterThanOrEqual(512 + hashes);
    expect(container.resources.limits).not.toHaveProperty('cpu');
  });

  it('are replaced without one being missed, and get the time that draining takes', () => {
    expect(deployment['spec'].strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    const preStop = container.lifecycle.preStop.sleep.seconds;
    expect(preStop).toBeGreaterThan(0);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(preStop + DRAIN_SECONDS + 10);
  });

  it('are spread over machines, and one at a time is taken away', () => {
    expect(pod.topologySpreadConstraints.map(({ topologyKey }: Manifest) => topologyKey)).toEqual([
      'kubernetes.io/hostname',
      'topology.kubernetes.io/zone',
    ]);
    expect(ofKind('PodDisruptionBudget')['spec'].maxUnavailable).toBe(1);
    for (const kind of ['HorizontalPodAutoscaler', 'ScaledObject']) {
      const { minReplicas, minReplicaCount } = ofKind(kind)['spec'];
      expect(minReplicas ?? minReplicaCount).toBeGreaterThanOrEqual(2);
    }
    expect(deployment['spec']).not.toHaveProperty('replicas');
  });
});

describe('objects that refer to the pods', () => {
  const selectors = {
    Deployment: deployment['spec'].selector.matchLabels,
    Service: ofKind('Service')['spec'].selector,
    PodDisruptionBudget: ofKind('PodDisruptionBudget')['spec'].selector.matchLabels,
    NetworkPolicy: ofKind('NetworkPolicy')['spec'].podSelector.matchLabels,
    PodMonitor: ofKind('PodMonitor')['spec'].selector.matchLabels,
    spread: pod.topologySpreadConstraints[0].labelSelector.matchLabels,
  };
  it.each(Object.entries(selectors))('%s selects them', (_kind, selector) => {
    expect(selector).toEqual(labels);
  });

  it('names the port that they have', () => {
    const [{ name, containerPort }] = container.ports;
    expect(String(containerPort)).toBe(given['PORT']);
    expect(ofKind('Service')['spec'].ports[0].targetPort).toBe(name);
    expect(ofKind('PodMonitor')['spec'].podMetricsEndpoints[0].port).toBe(name);
    expect(ofKind('NetworkPolicy')['spec'].ingress[0].ports).toEqual([{ protocol: 'TCP', port: name }]);
  });

  it('scales the deployment, by the metric that the adapter gives', () => {
    const { scaleTargetRef, metrics } = ofKind('HorizontalPodAutoscaler')['spec'];
    expect(scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: deployment['metadata'].name });
    expect(ofKind('ScaledObject')['spec'].scaleTargetRef.name).toBe(deployment['metadata'].name);
    const adapter = manifests.find(({ path }) => path.endsWith('prometheus_adapter.yaml'))!.manifest;
    expect(metrics[0].pods.metric.name).toBe(adapter['rules'].custom[0].name.as);
  });

  it('publishes the address that the server takes for its own, over TLS, and no metrics', () => {
    const { tls, rules } = ofKind('Ingress')['spec'];
    const { host } = new URL(settings['PUBLIC_URL']!);
    expect(tls[0].hosts).toEqual([host]);
    expect(rules.map((rule: Manifest) => rule['host'])).toEqual([host]);
    const services = manifests.filter(({ manifest }) => manifest['kind'] === 'Service').map(({ manifest }) => manifest);
    const behind = (path: string) => {
      const { backend } = rules[0].http.paths.find((one: Manifest) => one['path'] === path);
      return services.find(({ metadata }) => metadata.name === backend.service.name)?.['spec'].selector;
    };
    expect(behind('/')).toEqual(labels);
    expect(rules[0].http.paths[0]).toMatchObject({ path: '/metrics', pathType: 'Exact' });
    expect(behind('/metrics')).toBeUndefined();
  });

  it('lets only the edge and Prometheus in, and only requests to its stores and subgraphs out', () => {
    const { policyTypes, ingress, egress } = ofKind('NetworkPolicy')['spec'];
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    // An entry without `from` or `to` is everybody.
    for (const { from } of ingress) for (const peer of from) expect(peer.namespaceSelector.matchLabels).toBeDefined();
    for (const { to } of egress) for (const peer of to) expect(peer.namespaceSelector.matchLabels).toBeDefined();
    const ports = egress.flatMap((rule: Manifest) => (rule['ports'] ?? []).map(({ port }: Manifest) => port));
    expect(ports).toEqual([53, 53, 5432, 6379, 26379, 4318, 4317]);
  });
});

describe('the probes', () => {
  let gatehouse: Instance;
  beforeAll(async () => {
    gatehouse = await startInstance();
  });
  afterAll(() => gatehouse.close());

  it.each([
    ['startupProbe', '/health/live'],
    ['livenessProbe', '/health/live'],
    ['readinessProbe', '/health/ready'],
  ])('%s asks for what the server answers', async (probe, path) => {
    const { httpGet } = container[probe];
    expect(httpGet).toEqual({ path, port: container.ports[0].name });
    expect((await fetch(gatehouse.url + httpGet.path)).status).toBe(200);
  });
});

function mebibytes(quantity: string): number {
  const [, amount, unit] = /^(\d+)(Mi|Gi)$/.exec(quantity) ?? [];
  return Number(amount) * (unit === 'Gi' ? 1024 : 1);
}
