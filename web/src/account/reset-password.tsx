import { useState, useSyncExternalStore, type FormEvent, type ReactNode } from 'react';
import { TollgateError } from '@tollgate/client';
import { describeError, isEnglish } from '../i18n/describe-error.js';
import type { Texts } from '../i18n/en.js';
import { useTexts } from '../i18n/i18n.js';
import { tollgate } from '../tollgate.js';
import { Logo } from '../ui/icons.js';

const ADDRESS = /^#\/reset-password\/([\w.-]+)$/;

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => {
    window.removeEventListener('hashchange', listener);
  };
}

/** The token of a link from a mail, or from an administrator; undefined at any other address. */
export function useResetToken(): string | undefined {
  return ADDRESS.exec(useSyncExternalStore(subscribe, () => window.location.hash))?.[1];
}

/** The token stays neither in the address nor behind the way back. */
function leave(): void {
  window.history.replaceState(null, '', '#/');
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

/** Sets a new password by a token. */
export function ResetPassword({ token }: { readonly token: string }): ReactNode {
  const texts = useTexts();
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string>();
  const [state, setState] = useState<'asking' | 'busy' | 'done'>('asking');

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setState('busy');
    setError(undefined);
    try {
      await tollgate.resetPassword(token, password);
      setState('done');
    } catch (failure) {
      setError(describe(failure, texts));
      setState('asking');
    }
  }

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
        <p className="muted" role="status">
          {state === 'done' ? texts.passwordIsSet : texts.newPasswordHint}
        </p>
        {state !== 'done' && (
          <label>
            {texts.newPassword}
            <input
              type="password"
              autoComplete="new-password"
              required
              minLength={8}
              value={password}
              onChange={(event) => {
                setPassword(event.target.value);
              }}
            />
          </label>
        )}
        <div role="alert">{error !== undefined && <p className="form-error">{error}</p>}</div>
        {state !== 'done' && (
          <button className="button primary" type="submit" disabled={state === 'busy'}>
            {state === 'busy' ? texts.oneMoment : texts.setPassword}
          </button>
        )}
        <button
          className={state === 'done' ? 'button primary' : 'button plain'}
          type="button"
          onClick={leave}
        >
          {texts.toSignIn}
        </button>
      </form>
    </main>
  );
}

function describe(failure: unknown, texts: Texts): string {
  if (!(failure instanceof TollgateError)) return texts.pageFault;
  if (failure.is('unauthenticated')) return texts.linkIsOld;
  if (!failure.is('validation_failed')) return describeError(failure, texts);
  if (failure.details.errors.some(({ field }) => field === 'token')) return texts.linkIsOld;
  if (!isEnglish(texts)) return texts.passwordRefused;
  return failure.details.errors.map(({ message }) => message).join('. ');
}
