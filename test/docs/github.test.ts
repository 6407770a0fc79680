import { globSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

const read = (path: string) => readFileSync(path, 'utf8');
const packageJson = JSON.parse(read('package.json')) as {
  engines: { node: string };
  devDependencies: { node: string };
};
const { jobs } = parse(read('.github/workflows/ci.yml')) as { jobs: { test: Record<string, any> } };

describe('the files for GitHub', () => {
  it.each(globSync('.github/**/*.yml'))('%s is YAML', (path) => {
    expect(parse(read(path))).toBeInstanceOf(Object);
  });

  it('test the oldest supported line of Node and the one that the image has', () => {
    const major = (version: string) => Number(/\d+/.exec(version)![0]);
    expect(jobs.test['strategy'].matrix.node).toEqual([
      major(packageJson.engines.node),
      major(packageJson.devDependencies.node),
    ]);
  });

  it('call .ci/run, with the stores of its variables', () => {
    const { steps, env, services } = jobs.test as { steps: { run?: string }[]; env: any; services: any };
    expect(steps.at(-1)?.run).toBe('.ci/run');
    expect(statSync('.ci/run').mode & 0o111).not.toBe(0);
    const [postgres, redis] = [env.TEST_DATABASE_URL, env.TEST_REDIS_URL].map((url) => new URL(url).port);
    expect(services.postgres.ports).toEqual([`${postgres}:5432`]);
    expect(services.redis.ports).toEqual([`${redis}:6379`]);
  });

  it('read nothing but the sources', () => {
    const workflow = parse(read('.github/workflows/ci.yml')) as { permissions: unknown };
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });
});
