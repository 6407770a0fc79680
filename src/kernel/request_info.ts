/** The request behind a call: the same for every audit event of one request. */
export interface RequestInfo {
  readonly address: string;
  readonly userAgent: string | null;
  readonly requestId: string;
  /** The device token as sent. Only an account can verify it. Never recorded. */
  readonly device?: string | null;
  /** Aborted when the client disconnects: work that has not begun is skipped. */
  readonly signal?: AbortSignal;
}

/** The fields of {@link RequestInfo} that no log may show. */
export const SECRET_REQUEST_INFO = ['device'] as const satisfies readonly (keyof RequestInfo)[];
