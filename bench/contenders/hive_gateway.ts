import { createServer } from 'node:http';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';

/**
 * Hive Gateway as its documentation embeds it, with the native planner (`--hive-router-runtime`) and otherwise its own
 * defaults, which merge equal simultaneous requests to a subgraph. No log, no landing page. It signs nothing, and
 * requests need no caller.
 */
const gateway = createGatewayRuntime({
  supergraph: process.env['SUPERGRAPH']!,
  unifiedGraphHandler,
  logging: false,
  landingPage: false,
  graphiql: false,
});
createServer(gateway).listen(Number(process.env['PORT']), '127.0.0.1');
// Ends the process, because Hive Gateway handles the signal too, but only closes its own parts.
process.once('SIGTERM', () => process.exit(0));
