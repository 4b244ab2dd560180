import { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { TollgateError } from '@tollgate/client';
import { describeError } from '../i18n/describe-error.js';
import type { Texts } from '../i18n/en.js';
import { useTexts } from '../i18n/i18n.js';
import { readWebConfig, tollgate, type WebConfig } from '../tollgate.js';
import { Logo } from '../ui/icons.js';

/** Sign in, or make an account where that is open. */
export function SignIn({ onSignedIn }: { readonly onSignedIn: () => void }): ReactNode {
  const texts = useTexts();
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
      setError(describe(failure, texts));
      setBusy(false);
    }
  }

  // Not before it is whole: a form that grows under the pointer swallows the click.
  if (config === undefined) return <main className="sign-in" aria-busy="true" />;

  const action = isNew ? texts.createAccount : texts.signIn;
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
        <p className="muted">{isNew ? texts.createAccountHint : texts.signInHint}</p>
        <label>
          {texts.email}
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
          {texts.password}
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
          {isBusy ? texts.oneMoment : action}
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
            {isNew ? texts.haveAccount : texts.wantAccount}
          </button>
        )}
        {config.demo !== undefined && !isNew && (
          <p className="hint">
            {config.demo.password === undefined ? texts.demoPasswordPrinted : texts.demoFilledIn}
          </p>
        )}
      </form>
    </main>
  );
}

function describe(failure: unknown, texts: Texts): string {
  if (!(failure instanceof TollgateError)) return texts.pageFault;
  if (failure.is('unauthenticated')) return texts.wrongPassword;
  if (!failure.is('validation_failed')) return describeError(failure, texts);
  return failure.details.errors.map(({ field, message }) => `${field}: ${message}`).join('. ');
}
