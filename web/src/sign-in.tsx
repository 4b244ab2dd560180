import { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { TollgateError } from '@tollgate/client';
import { Logo } from './icons.js';
import { readWebConfig, tollgate, type WebConfig } from './tollgate.js';

/** Sign in, or make an account where that is open. */
export function SignIn({ onSignedIn }: { readonly onSignedIn: () => void }): ReactNode {
  const [config, setConfig] = useState<WebConfig>();
  const [isNew, setNew] = useState(false);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  useEffect(() => {
    void readWebConfig().then((read) => {
      setConfig(read);
      setEmail(read.demo?.email ?? '');
      setPassword(read.demo?.password ?? '');
    });
  }, []);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      if (isNew) await tollgate.register(email, password);
      await tollgate.login(email, password);
      onSignedIn();
    } catch (failure) {
      setError(describe(failure));
      setBusy(false);
    }
  }

  // Not before it is whole: a form that grows under the pointer swallows the click.
  if (config === undefined) return <main className="sign-in" aria-busy="true" />;

  const action = isNew ? 'Create account' : 'Sign in';
  return (
    <main className="sign-in">
      <form
        className="card"
        onSubmit={(event) => {
          void submit(event);
        }}
      >
        <div className="brand">
          <Logo />
          <h1>Tollgate</h1>
        </div>
        <p className="muted">{isNew ? 'Make an account to start chatting.' : 'Sign in to start chatting.'}</p>
        <label>
          E-mail
          <input
            type="email"
            autoComplete="username"
            required
            value={email}
            onChange={(event) => {
              setEmail(event.target.value);
            }}
          />
        </label>
        <label>
          Password
          <input
            type="password"
            autoComplete={isNew ? 'new-password' : 'current-password'}
            required
            minLength={isNew ? 8 : undefined}
            value={password}
            onChange={(event) => {
              setPassword(event.target.value);
            }}
          />
        </label>
        <div role="alert">{error !== undefined && <p className="form-error">{error}</p>}</div>
        <button className="button primary" type="submit" disabled={isBusy}>
          {isBusy ? 'One moment …' : action}
        </button>
        {config.registration === 'open' && (
          <button
            className="button plain"
            type="button"
            onClick={() => {
              setNew(!isNew);
              setError(undefined);
            }}
          >
            {isNew ? 'I have an account' : 'Create an account'}
          </button>
        )}
        {config.demo !== undefined && !isNew && (
          <p className="hint">
            {config.demo.password === undefined
              ? 'The demo user’s password was printed when the server was first started.'
              : 'The demo user is filled in: just sign in.'}
          </p>
        )}
      </form>
    </main>
  );
}

function describe(failure: unknown): string {
  if (!(failure instanceof TollgateError)) return 'Something went wrong in this page.';
  if (!failure.is('validation_failed')) return failure.message;
  return failure.details.errors.map(({ field, message }) => `${field}: ${message}`).join('. ');
}
