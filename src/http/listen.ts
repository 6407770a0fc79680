import { type AddressInfo, createServer, type Server } from 'node:net';

/**
 * Starts to accept connections.
 * @returns the URL of the socket
 * @throws Error with a message for the operator
 */
export function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'EADDRINUSE' ? 'in use: stop that program, or set PORT' : (error.code ?? error.message);
      reject(new Error(`HOST, PORT: cannot listen on ${host}:${port} (${reason})`, { cause: error }));
    });
    server.listen(port, host, () => {
      const { address, port: bound, family } = server.address() as AddressInfo;
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`);
    });
  });
}

/**
 * Opens and closes the port, so that a start without a free port changes nothing.
 * @throws as {@link listen}
 */
export async function probePort(host: string, port: number): Promise<void> {
  const probe = createServer();
  await listen(probe, host, port);
  await new Promise((resolve) => probe.close(resolve));
}
