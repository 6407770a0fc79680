/** The options of a ceremony with a passkey, as JSON for a browser. */
export interface PasskeyOptions {
  /** The challenge in the options, base64url. */
  readonly challenge: string;
  readonly options: object;
}
