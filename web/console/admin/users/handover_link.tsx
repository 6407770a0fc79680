import { Moment } from '../../ui/moment.tsx';
import { Secret } from '../../ui/secret.tsx';

/** A link that the server made for another person. */
export interface MadeLink {
  /** Null if the server mailed the link and its code. */
  readonly link: string | null | undefined;
  readonly code: string | null | undefined;
  readonly expiresAt: string;
}

interface Props extends MadeLink {
  readonly username: string;
}

/** Says that a link was mailed, or shows it with its code, only once. */
export function HandoverLink({ username, link, code, expiresAt }: Props) {
  if (link == null) {
    return (
      <p className="muted">
        A mail with the link is on its way to <strong>{username}</strong>. The link works until{' '}
        <Moment at={expiresAt} />.
      </p>
    );
  }
  return (
    <>
      <p className="muted">
        Give <strong>{username}</strong> this link and its code in private. They work once, until{' '}
        <Moment at={expiresAt} />, and are not shown again.
      </p>
      <Secret text={link} what="link" />
      {code != null && <Secret text={code} what="code" />}
    </>
  );
}
