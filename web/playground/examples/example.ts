/** An operation to start from. Its variables are names and gaps to fill in, never a credential. */
export interface Example {
  /** Its purpose, in a few words. */
  readonly title: string;
  /** Its effect, and anything to know before running it. */
  readonly about: string;
  readonly document: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** The examples of one part of the schema. */
export interface Part {
  readonly title: string;
  /** The users who may run them. */
  readonly audience: string;
  readonly examples: readonly Example[];
}
