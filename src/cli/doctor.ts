import type { Command } from 'commander';
import type { Finding } from './doctor/finding.ts';
import { harmless, printJson, say, type OutputOptions, styled } from './output.ts';

interface DoctorOptions extends OutputOptions {
  readonly probe?: boolean;
}

/** `doctor`: checks everything that a server needs and advises on faults. It changes nothing and needs no running server. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('checks configuration, stores, clocks, keys, TLS and proxy, and advises on each problem')
    .option(
      '--probe',
      'also tests the proxy: sends PUBLIC_URL a sign-in with a forged address, which fails and is audited',
    )
    .option('--json', 'prints one JSON object')
    .action(async ({ probe, json }: DoctorOptions) => {
      const findings = await examine(probe === true);
      const failed = findings.filter(({ state }) => state === 'fail').length;
      if (json) printJson({ healthy: failed === 0, findings });
      else findings.forEach(show);
      if (failed > 0) process.exitCode = 1;
    });
}

async function examine(probe: boolean): Promise<Finding[]> {
  const [
    { diagnoseConfiguration },
    { lookAtAll },
    machine,
    files,
    secrets,
    breached,
    database,
    redis,
    subgraphs,
    publicUrl,
    proxy,
    mail,
  ] = await Promise.all([
    import('./doctor/configuration.ts'),
    import('./doctor/finding.ts'),
    import('./doctor/machine.ts'),
    import('./doctor/files.ts'),
    import('./doctor/weak_secrets.ts'),
    import('./doctor/breached.ts'),
    import('./doctor/database.ts'),
    import('./doctor/redis.ts'),
    import('./doctor/subgraphs.ts'),
    import('./doctor/public_url.ts'),
    import('./doctor/proxy.ts'),
    import('./doctor/mail.ts'),
  ]);
  const { environment, config, unusable, findings } = diagnoseConfiguration(process.cwd());
  if (config === null) return [...findings, machine.node()];
  const looks = [
    ...machine.lookAtMachine(config),
    ...files.lookAtFiles(config, environment),
    secrets.lookAtSecrets(config),
    ...breached.lookAtBreached(config),
    database.lookAtDatabase(config, unusable),
    redis.lookAtRedis(config),
    ...subgraphs.lookAtSubgraphs(config),
    ...publicUrl.lookAtPublicUrl(config),
    ...proxy.lookAtProxy(config, probe),
    ...mail.lookAtMail(config),
  ];
  return [...findings, ...(await lookAtAll(looks, unusable))];
}

const COLOURS = { ok: 'green', note: 'dim', warn: 'yellow', fail: 'red' } as const;

function show({ check, state, says, todo }: Finding): void {
  process.stdout.write(`${styled(COLOURS[state], state.padEnd(4))}  ${check.padEnd(13)}  ${harmless(says)}\n`);
  if (todo !== undefined) say(`${' '.repeat(21)}→ ${todo}`);
}
