import { describe, expect, it } from '@jest/globals';
import { CoverageMap } from '../mutants/coverage_map.ts';
import { mutantsOf } from '../mutants/mutation.ts';
import { shuffle } from '../mutants/sample.ts';
import { selectTests } from '../mutants/select_tests.ts';

/** The changed lines of every mutant of a source. */
const changes = (source: string) =>
  mutantsOf('a.ts', source).map(({ diff }) =>
    diff
      .split('\n')
      .filter((line) => line.startsWith('+'))
      .map((line) => line.slice(2))
      .join(' '),
  );

describe('the mistakes that npm run mutants makes', () => {
  it.each([
    ['a <= b', ['a < b', 'a > b']],
    ['a === b', ['a !== b']],
    ['a ?? b', ['a']],
    ['a && b', ['a', 'b', 'a || b']],
    ['!a', ['a']],
    ['list.every(f)', ['list.some(f)']],
    ['list.filter(f)', ['list']],
    ['Math.min(a, b)', ['Math.max(a, b)']],
    ["name === 'admin'", ["name !== 'admin'", "name === ''"]],
    ['[a, b]', ['[ b]', '[a, ]']],
    ['at(-1)', ['at(1)', 'at(-2)', 'at(-0)']],
    ['f(0)', ['f(1)']],
    ['f(128)', ['f(1280)', 'f(12)']],
    ['/^[a-z]{43,128}$/i', ['/[a-z]{43,128}$/i', '/^[a-z]{43,128}/i', '/^[a-z]+$/i', '/^[a-z]{43,128}$/']],
    [
      "'select id from sessions where a > ? and b for update'",
      [
        "'select id from sessions where a < ? and b for update'",
        "'select id from sessions where a > ? or b for update'",
        "'select id from sessions where a > ? and b'",
      ],
    ],
  ])('%s', (expression, expected) => {
    expect(changes(`void (${expression});`).sort()).toEqual(expected.map((other) => `void (${other});`).sort());
  });

  it('forgets guards, calls and early returns', () => {
    expect(changes('function f() {\n  if (a) throw new Refusal(A);\n  await x.deny(a);\n  return;\n}')).toEqual([
      'if (true) throw new Refusal(A);',
      'if (false) throw new Refusal(A);',
      'if (!(a)) throw new Refusal(A);',
      '',
      '',
    ]);
  });

  it('makes none in types, imports, decorators, errors for developers and the log', () => {
    expect(
      changes(`
        import { a } from 'b';
        export * from 'b';
        type A = 'a' | 1;
        interface B { readonly a: 'a' }
        @Entity({ tableName: 'sessions' }) class C {}
        log.warn({ a: 1 }, 'a ' + b);
        throw new Error('a' + 1);
        new Counter({ name: 'a', labelNames: ['b'] });
      `),
    ).toEqual([]);
  });

  it('gives a mutant the same id when the lines above it change', () => {
    const [one, ...ones] = mutantsOf('a.ts', 'f(a === b);');
    const [other, ...others] = mutantsOf('a.ts', '\n\n// more\nf(a === b);');
    expect([ones, others]).toEqual([[], []]);
    expect(other!.id).toBe(one!.id);
    expect([one!.line, other!.line]).toEqual([1, 4]);
  });

  it('tells the same mistake in two equal lines apart', () => {
    const ids = mutantsOf('a.ts', 'f(a === b);\nf(a === b);').map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
  });

  it('draws the same sample for the same seed', () => {
    const all = mutantsOf('a.ts', 'f(a === b, c < d, [e, f, g]);').map((mutant) => ({ room: 'a', mutant }));
    expect(shuffle([...all].reverse(), 'seed')).toEqual(shuffle(all, 'seed'));
    expect(shuffle(all, 'another')).not.toEqual(shuffle(all, 'seed'));
  });
});

describe('the tests that are tried for a mutant', () => {
  const source = (path: string, ...lines: string[]) => ({ path, digest: 'then', lines });
  const map = new CoverageMap([
    { test: 'test/a/one.test.ts', digest: '', seconds: 1, sources: [source('src/a/one.ts', 'f();')] },
    { test: 'test/b/two.test.ts', digest: '', seconds: 1, sources: [source('src/a/one.ts', 'g();')] },
  ]);
  const tests = (line: string, digest = 'then') => map.executing('src/a/one.ts', line, digest).map(({ test }) => test);

  it('execute its line', () => {
    expect(tests('  f();')).toEqual(['test/a/one.test.ts']);
    expect(tests('h();')).toEqual([]);
  });

  it('execute its file, where the line is newer than the map', () => {
    expect(tests('h();', 'now')).toEqual(['test/a/one.test.ts', 'test/b/two.test.ts']);
  });

  it('import its file, where they are newer than the map', () => {
    const newer = new CoverageMap([], ['test/clients/redirect_uri.test.ts']);
    const found = newer.executing('src/clients/redirect_uri.ts', 'h();', 'then').map(({ test }) => test);
    expect(found).toEqual(['test/clients/redirect_uri.test.ts']);
    expect(newer.executing('src/clients/pkce.ts', 'h();', 'then')).toEqual([]);
  });

  it('are of its room and about little else, and bounded in number', () => {
    const candidate = (test: string, breadth: number) => ({ test, breadth, seconds: 5 });
    const candidates = [
      candidate('test/e2e/accounts/whole.test.ts', 8000),
      candidate('test/faults/stores.test.ts', 8000),
      candidate('test/integration/tokens/keys.test.ts', 3000),
      candidate('test/application/scopes.test.ts', 100),
    ];
    expect(selectTests('src/application/foundation/scopes.ts', candidates, 3).map(({ test }) => test)).toEqual([
      'test/application/scopes.test.ts',
      'test/e2e/accounts/whole.test.ts',
      'test/integration/tokens/keys.test.ts',
    ]);
  });
});
