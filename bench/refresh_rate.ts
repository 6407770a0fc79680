import type { Benchmark } from './support/bench.ts';
import { connect } from './support/client.ts';
import { atLeast, figure } from './support/figure.ts';
import { SMALL_HASHES } from './support/gatehouse.ts';
import { login, operation, refresh, send } from './support/graphql.ts';
import { CLIENTS } from './support/loads.ts';
import { each, interleave, type Load, measure, peakOf, ratios, ratiosPerCore } from './support/rounds.ts';

/**
 * Measures refreshes per second over `{ __typename }` per second: the same server and clients, in turns, so that other
 * load of the machine affects both. Each client refreshes its own session in a chain. "Per core" uses the processor
 * time of the server, because by the clock a machine with few cores also pays for PostgreSQL, Redis and the clients.
 */
export const refreshRate: Benchmark = async (bench) => {
  const { url, pid, admin } = await bench.gatehouse(SMALL_HASHES);
  const connection = await connect(url);
  const tokens: string[] = [];
  while (tokens.length < CLIENTS) tokens.push((await login(connection, admin)).refreshToken);
  connection.close();

  const request = operation('{ __typename }');
  const asking: Load = { url, pid, clients: CLIENTS, work: (connection) => send(connection, request) };
  const rotating: Load = {
    url,
    pid,
    clients: CLIENTS,
    work: async (connection, client) => void (tokens[client] = await refresh(connection, tokens[client]!)),
  };
  const samples = await interleave(
    { typename: (ms) => measure(asking, ms), refreshes: (ms) => measure(rotating, ms) },
    bench.pace,
  );
  const { typename, refreshes } = samples;
  return [
    figure('refreshes/s ÷ { __typename }/s, per core of the server', ratiosPerCore(refreshes, typename), {
      digits: 3,
      wanted: atLeast(0.25),
      samples: { clients: CLIENTS, ...samples },
    }),
    figure('  the same by the clock, clients and stores on the same cores', ratios(refreshes, typename), { digits: 3 }),
    figure('  refreshes/s', each(refreshes, 'perSecond'), { digits: 0, memoryKib: peakOf(refreshes) }),
    figure('  { __typename }/s', each(typename, 'perSecond'), { digits: 0, memoryKib: peakOf(typename) }),
    figure('  server busy while refreshing', each(refreshes, 'serverBusy'), { unit: ' cores' }),
    figure('  server busy with { __typename }', each(typename, 'serverBusy'), { unit: ' cores' }),
    figure('  client busy with { __typename }', each(typename, 'clientBusy'), { unit: ' cores' }),
  ];
};
