/** The supergraph cannot be loaded. `reason` is safe to show to strangers, because it quotes no schema. */
export class SupergraphError extends Error {
  override readonly name = 'SupergraphError';
  readonly reason: string;

  constructor(reason: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}
