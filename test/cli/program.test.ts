import { describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { createProgram, refuseSecretArguments } from '../../src/cli/program.ts';

describe('the command line', () => {
  it('takes no secret as an argument or as the value of an option', () => {
    expect(() => createProgram()).not.toThrow();
  });

  it.each<[string, (command: Command) => Command]>([
    ['an option', (command) => command.option('--new-password <text>')],
    ['an option whose value may be left out', (command) => command.option('--otp [code]')],
    ['an argument', (command) => command.argument('<token>')],
  ])('does not start with %s that is one', (_what, add) => {
    const program = new Command('gatehouse');
    add(program.command('users').command('set'));
    expect(() => refuseSecretArguments(program)).toThrow('must be read from standard input');
  });

  it('may have a flag that is named after one', () => {
    expect(() => refuseSecretArguments(new Command('gatehouse').option('--password-stdin'))).not.toThrow();
  });
});
