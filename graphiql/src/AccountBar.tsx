import { useEffect, useState, useSyncExternalStore, type FormEvent } from 'react';
import { loadViewer, signUp, switchOrg, type SignUpInput, type Viewer } from './account';
import type { Session } from './session';

/** Who is signed in, for which organisation, and the forms to change that. */
export function AccountBar({ session }: { session: Session }) {
  const { phase, grants, notice } = useSyncExternalStore(session.subscribe, session.snapshot);
  return (
    <header>
      <h1>
        Coulisses Crew <small>GraphQL API</small>
      </h1>
      {phase === 'starting' && <p role="status">One moment…</p>}
      {phase === 'out' && <SignedOut session={session} />}
      {phase === 'in' && <SignedIn session={session} grants={grants} />}
      <ErrorLine text={notice} />
    </header>
  );
}

function SignedOut({ session }: { session: Session }) {
  const [joining, setJoining] = useState(false);
  const { busy, error, run } = useTask();

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.currentTarget)) as unknown as SignUpInput;
    run(() => (joining ? signUp(session, fields) : session.login(fields.email, fields.password)));
  };

  return (
    <>
      <form onSubmit={submit} aria-label={joining ? 'Create an account' : 'Sign in'}>
        {joining && <Field label="Your name" name="displayName" autoComplete="name" />}
        {joining && <Field label="Organisation" name="orgName" autoComplete="organization" />}
        <Field label="E-mail" name="email" type="email" autoComplete="username" />
        <Field label="Password" name="password" type="password" autoComplete={joining ? 'new-password' : 'current-password'} />
        <button disabled={busy}>{joining ? 'Create the account' : 'Sign in'}</button>
        <button type="button" className="link" onClick={() => setJoining(!joining)}>
          {joining ? 'I have an account' : 'Create an account'}
        </button>
      </form>
      <ErrorLine text={error} />
    </>
  );
}

function SignedIn({ session, grants }: { session: Session; grants: number }) {
  const [viewer, setViewer] = useState<Viewer>();
  const { busy, error, run } = useTask();

  // Each new token may stand for another organisation or role, so who we are is asked again.
  useEffect(() => {
    let current = true;
    run(async () => {
      const answer = await loadViewer(session);
      if (current) setViewer(answer);
    });
    return () => {
      current = false;
    };
  }, [session, grants, run]);

  return (
    <>
      {viewer ? (
        <p>
          <strong>{viewer.me.displayName}</strong> <span className="quiet">{viewer.me.email}</span>
        </p>
      ) : (
        <p role="status">Signed in</p>
      )}
      {viewer && <Organisation viewer={viewer} busy={busy} choose={(id) => run(() => switchOrg(session, id))} />}
      <button type="button" className="link" onClick={() => void session.logout()}>
        Sign out
      </button>
      <ErrorLine text={error} />
    </>
  );
}

function Organisation({ viewer, busy, choose }: { viewer: Viewer; busy: boolean; choose: (orgId: string) => void }) {
  const { org, myRole, me } = viewer;
  const others = me.memberships.filter((membership) => membership.org.id !== org?.id);
  if (!others.length) return <p>{org ? <>{org.name} <Role name={myRole} /></> : 'No organisation'}</p>;
  return (
    <>
      <label>
        Organisation
        <select value={org?.id ?? ''} disabled={busy} onChange={(event) => choose(event.target.value)}>
          {!org && <option value="">none chosen</option>}
          {me.memberships.map((membership) => (
            <option key={membership.id} value={membership.org.id}>
              {membership.org.name}
            </option>
          ))}
        </select>
      </label>
      <Role name={myRole} />
    </>
  );
}

const Role = ({ name }: { name: string | undefined }) => name && <span className="role">{name}</span>;

function Field({ label, type = 'text', ...rest }: { label: string; name: string; type?: string; autoComplete: string }) {
  return (
    <label>
      {label}
      <input type={type} required {...rest} />
    </label>
  );
}

/** Always in the page, so that screen readers announce what appears in it. */
const ErrorLine = ({ text }: { text: string }) => (
  <p role="alert" className="error">
    {text}
  </p>
);

/** Runs one thing at a time for a form, and keeps the words of its failure. */
function useTask() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const [run] = useState(() => (task: () => Promise<void>) => {
    setBusy(true);
    setError('');
    task()
      .catch((reason: Error) => setError(reason.message))
      .finally(() => setBusy(false));
  });
  return { busy, error, run };
}
