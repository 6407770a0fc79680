/** An operation to start from. Its variables are names and blanks to fill in: never a credential. */
export interface Example {
  /** What it is for, in a few words. */
  readonly title: string;
  /** What it does, and what to know before running it. */
  readonly about: string;
  readonly document: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** The examples of one part of the schema. */
export interface Part {
  readonly title: string;
  /** Who may run them. */
  readonly audience: string;
  readonly examples: readonly Example[];
}
