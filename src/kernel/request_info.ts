/** The request behind a call: the same for every audit event of one request. */
export interface RequestInfo {
  readonly address: string;
  readonly userAgent: string | null;
  readonly requestId: string;
  /** The device token as sent, never recorded. It can be verified only together with an account. */
  readonly device?: string | null;
  /**
   * A digest of what the client shows again with the next request of the same sign-in: its origin, its user agent and,
   * in a browser on our own pages, a cookie.
   */
  readonly binding?: string;
  /** Aborted when the client disconnects: work that has not begun is skipped. */
  readonly signal?: AbortSignal;
}

/** The fields of {@link RequestInfo} that no log may show. */
export const SECRET_REQUEST_INFO = ['device', 'binding'] as const satisfies readonly (keyof RequestInfo)[];
