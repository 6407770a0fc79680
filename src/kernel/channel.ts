/** One end of the channel between a process and one it forked: `ChildProcess`, a cluster's `Worker`, or `process`. */
export interface Channel {
  send?(message: object, sent: (error: Error | null) => void): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}
