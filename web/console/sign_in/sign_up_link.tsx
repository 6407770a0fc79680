import './sign_in.css';
import { Link, useLocation } from 'react-router';
import { useQuery } from 'urql';
import { RegistrationDocument } from './documents.ts';

/** The link to the sign-up page, if registration is open. */
export function SignUpLink() {
  const [{ data }] = useQuery({ query: RegistrationDocument });
  const { search } = useLocation();
  return (
    <p className="sign-in-other muted">
      {data?.gatehouse.registrationOpen && (
        <>
          New here? <Link to={`/sign-up${search}`}>Create an account</Link>
        </>
      )}
    </p>
  );
}
