/** A supergraph cannot be had. `reason` is fit for strangers: no word of any schema. */
export class SupergraphError extends Error {
  override readonly name = 'SupergraphError';
  readonly reason: string;

  constructor(reason: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}
