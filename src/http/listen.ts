import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Takes connections from now on. Answers the address of the socket; throws an Error, fit for an operator. */
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
