import './sign_in.css';
import { useQuery } from 'urql';
import { pathTo } from '../../base.ts';
import { RegistrationDocument } from './documents.ts';

/** The link to the server's page that mails a link for a new password, if people may ask for one. */
export function ForgottenLink() {
  const [{ data }] = useQuery({ query: RegistrationDocument });
  return (
    <p className="sign-in-other">
      {data?.gatehouse.passwordReset && <a href={pathTo('forgot')}>Forgot your password?</a>}
    </p>
  );
}
