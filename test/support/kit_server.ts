import { type Instance, startInstance } from './instance.ts';
import { type Intermediary, startIntermediary } from './http_proxy.ts';

/** A server for the client kit, behind a proxy, with a clock that can run ahead of the kit's. */
export interface KitServer {
  readonly gatehouse: Instance;
  readonly between: Intermediary;
  /** Moves the server's clock forward. */
  advance(milliseconds: number): void;
  close(): Promise<void>;
}

export async function startKitServer(): Promise<KitServer> {
  let ahead = 0;
  const gatehouse = await startInstance({ clock: () => Date.now() + ahead });
  const between = await startIntermediary(gatehouse.url);
  return {
    gatehouse,
    between,
    advance: (milliseconds) => void (ahead += milliseconds),
    async close() {
      await between.close();
      await gatehouse.close();
    },
  };
}
