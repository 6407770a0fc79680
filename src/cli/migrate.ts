import type { Command } from 'commander';
import { onStorage } from './run_as_operator.ts';
import { printJson, say, type OutputOptions } from './output.ts';

/** `migrate`: applies migrations before a start, so that a deployment sees a failure early. Every start migrates too. */
export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('applies pending migrations and lists them')
    .option('--json', 'prints one JSON object')
    .action(({ json }: OutputOptions) =>
      onStorage(
        async ({ database: { migrated } }) => {
          if (json) printJson({ migrated });
          else say(...(migrated.length === 0 ? ['Nothing to do.'] : migrated.map((name) => `Applied ${name}.`)));
        },
        { makesDatabase: true },
      ),
    );
}
