/** Ends a session, even if the gateway cannot be reached at once. */
export interface LogoutFlow {
  /** Forgets the user and ends the session at the gateway. @throws AuthError if the gateway cannot be reached */
  logout(): Promise<void>;
  /**
   * Sends an owed sign-out, or else restores the session. It is the first step of a client that may have a session.
   * @throws AuthError if the gateway cannot be reached
   */
  restore(): Promise<void>;
  /** Drops an owed sign-out after a sign-in has replaced the cookie. */
  settle(): void;
}
