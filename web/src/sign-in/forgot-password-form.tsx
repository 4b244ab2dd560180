import { useState, type FormEvent, type ReactNode } from 'react';
import { useTexts } from '../i18n/i18n.js';
import { tollgate } from '../tollgate.js';

interface ForgotPasswordFormProps {
  readonly onProblem: (problem: unknown) => void;
  readonly onBack: () => void;
}

/** Asks for a link with which a forgotten password is set. What is said behind it is the same whether there is such an account. */
export function ForgotPasswordForm({ onProblem, onBack }: ForgotPasswordFormProps): ReactNode {
  const texts = useTexts();
  const [email, setEmail] = useState('');
  const [state, setState] = useState<'asking' | 'busy' | 'done'>('asking');

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setState('busy');
    onProblem(undefined);
    try {
      await tollgate.requestPasswordReset(email);
      setState('done');
    } catch (failure) {
      onProblem(failure);
      setState('asking');
    }
  }

  return (
    <form
      onSubmit={(event) => {
        void submit(event);
      }}
    >
      <p role="status">{state === 'done' && texts.resetLinkSent}</p>
      {state !== 'done' && (
        <>
          <label>
            {texts.email}
            <input
              type="email"
              autoComplete="username"
              autoFocus
              required
              value={email}
              onChange={(event) => {
                setEmail(event.target.value);
              }}
            />
          </label>
          <button className="button primary" type="submit" disabled={state === 'busy'}>
            {state === 'busy' ? texts.oneMoment : texts.sendResetLink}
          </button>
        </>
      )}
      <button className={state === 'done' ? 'button primary' : 'button plain'} type="button" onClick={onBack}>
        {texts.toSignIn}
      </button>
    </form>
  );
}
