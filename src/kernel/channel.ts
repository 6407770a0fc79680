/** One end of the channel between a parent process and its fork: `ChildProcess`, a cluster's `Worker`, or `process`. */
export interface ForkChannel {
  send?(message: object, sent: (error: Error | null) => void): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}
