import { useState, type FormEvent, type ReactNode } from 'react';
import { useTexts } from '../i18n/i18n.js';
import { tollgate, type WebConfig } from '../tollgate.js';
import { settleIn } from './session.js';

interface OwnAccountFormProps {
  readonly config: WebConfig;
  /** Whether an account is to be made. */
  readonly isNew: boolean;
  readonly onNew: (isNew: boolean) => void;
  readonly onForgotten: () => void;
  readonly onProblem: (problem: unknown) => void;
  readonly onSignedIn: () => void;
}

/** E-mail and password; or an account, where that is open. */
export function OwnAccountForm({
  config: { registration, passwordReset, demo },
  isNew,
  onNew,
  onForgotten,
  onProblem,
  onSignedIn,
}: OwnAccountFormProps): ReactNode {
  const texts = useTexts();
  const [email, setEmail] = useState(demo?.email ?? '');
  const [password, setPassword] = useState(demo?.password ?? '');
  const [isBusy, setBusy] = useState(false);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    onProblem(undefined);
    try {
      if (isNew) await tollgate.register(email, password);
      await tollgate.login(email, password);
      await settleIn();
      onSignedIn();
    } catch (failure) {
      onProblem(failure);
      setBusy(false);
    }
  }

  return (
    <form
      onSubmit={(event) => {
        void submit(event);
      }}
    >
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
      <button className="button primary" type="submit" disabled={isBusy}>
        {isBusy ? texts.oneMoment : isNew ? texts.createAccount : texts.signIn}
      </button>
      {passwordReset === true && !isNew && (
        <button className="button plain" type="button" onClick={onForgotten}>
          {texts.forgotPassword}
        </button>
      )}
      {registration && (
        <button
          className="button plain"
          type="button"
          onClick={() => {
            onNew(!isNew);
            onProblem(undefined);
          }}
        >
          {isNew ? texts.haveAccount : texts.wantAccount}
        </button>
      )}
      {demo !== undefined && !isNew && (
        <p className="hint">{demo.password === undefined ? texts.demoPasswordPrinted : texts.demoFilledIn}</p>
      )}
    </form>
  );
}
