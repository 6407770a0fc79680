/** Ends a session, also where the gateway cannot be told at once. */
export interface LogoutFlow {
  /** Forgets who is signed in, and has the gateway end the session. Throws an AuthError where it cannot be told. */
  logout(): Promise<void>;
  /**
   * The first step of a client that may have a session: sends a sign-out that is owed, else restores the session. Throws
   * an AuthError where the gateway cannot be told.
   */
  restore(): Promise<void>;
  /** After a sign-in. */
  settle(): void;
}
