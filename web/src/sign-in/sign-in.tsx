import { useState, type ReactNode } from 'react';
import type { IdentityProvider } from '@tollgate/client';
import { useTexts } from '../i18n/i18n.js';
import { Logo } from '../ui/icons.js';
import { ForgotPasswordForm } from './forgot-password-form.js';
import { OwnAccountForm } from './own-account-form.js';
import { signInAt } from './session.js';
import { describeSignInFailure } from './sign-in-failure.js';
import { useSignInMethods } from './use-sign-in-methods.js';

interface SignInProps {
  /** Why somebody who tried is not signed in. */
  readonly failure?: unknown;
  /** Whether somebody was signed in until now. */
  readonly hasEnded?: boolean;
  readonly onSignedIn: () => void;
}

/** Every way to sign in that there is here. */
export function SignIn({ failure, hasEnded = false, onSignedIn }: SignInProps): ReactNode {
  const texts = useTexts();
  const { config, problem: readProblem, read } = useSignInMethods();
  const [ownProblem, setProblem] = useState<unknown>(failure);
  const [way, setWay] = useState<'sign-in' | 'register' | 'forgotten'>('sign-in');
  /** A provider that the page is about to be left for. */
  const [leavingFor, setLeavingFor] = useState<string>();

  function leaveFor(provider: IdentityProvider): void {
    setLeavingFor(provider.id);
    setProblem(undefined);
    signInAt(provider).catch((error: unknown) => {
      setLeavingFor(undefined);
      setProblem(error);
    });
  }

  // Not before it is whole: a form that grows under the pointer swallows the click.
  if (config === undefined && readProblem === undefined) return <main className="sign-in" aria-busy="true" />;

  const problem = readProblem ?? ownProblem;
  const hint = {
    'sign-in': texts.signInHint,
    register: texts.createAccountHint,
    forgotten: texts.forgotPasswordHint,
  };
  const isNew = way === 'register';
  const isForgotten = way === 'forgotten';
  const providers = config?.data.filter(({ clientId }) => clientId !== undefined) ?? [];
  const ownAccounts = config?.ownAccounts === true;
  const isUseless = config !== undefined && providers.length === 0 && !ownAccounts;
  return (
    <main className="sign-in">
      <div className="card">
        <div className="brand">
          <Logo />
          <h1>Tollgate</h1>
        </div>
        <p className="muted">{hint[way]}</p>
        <div role="alert">
          {problem !== undefined && <p className="form-error">{describeSignInFailure(problem, texts)}</p>}
          {problem === undefined && hasEnded && <p className="form-error">{texts.signInEnded}</p>}
          {isUseless && <p className="form-error">{texts.noSignIn}</p>}
        </div>
        {config === undefined && (
          <button className="button primary" type="button" onClick={read}>
            {texts.tryAgain}
          </button>
        )}
        {way === 'sign-in' &&
          providers.map((provider) => (
            <button
              key={provider.id}
              className={ownAccounts ? 'button' : 'button primary'}
              type="button"
              disabled={leavingFor !== undefined}
              onClick={() => {
                leaveFor(provider);
              }}
            >
              {leavingFor === provider.id ? texts.oneMoment : texts.signInWith(provider.name)}
            </button>
          ))}
        {way === 'sign-in' && ownAccounts && providers.length > 0 && <p className="divider">{texts.or}</p>}
        {isForgotten && (
          <ForgotPasswordForm
            onProblem={setProblem}
            onBack={() => {
              setWay('sign-in');
              setProblem(undefined);
            }}
          />
        )}
        {config?.ownAccounts === true && !isForgotten && (
          <OwnAccountForm
            config={config}
            isNew={isNew}
            onNew={(toBeMade) => {
              setWay(toBeMade ? 'register' : 'sign-in');
            }}
            onForgotten={() => {
              setWay('forgotten');
              setProblem(undefined);
            }}
            onProblem={setProblem}
            onSignedIn={onSignedIn}
          />
        )}
      </div>
    </main>
  );
}
