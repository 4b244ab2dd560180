import { useState, type ReactNode } from 'react';
import type { InputRequest } from '@tollgate/client';
import type { HumanAnswer } from '@tollgate/client/react';
import { useTexts } from '../i18n/i18n.js';

interface AgentQuestionProps {
  readonly request: InputRequest;
  /** It cannot be answered any more. */
  readonly isClosed: boolean;
  readonly onAnswer: (answer: HumanAnswer) => Promise<void>;
}

/** An agent waits: it is answered by its buttons, or in words. */
export function AgentQuestion({ request, isClosed, onAnswer }: AgentQuestionProps): ReactNode {
  const texts = useTexts();
  const [text, setText] = useState('');
  const [isSent, setSent] = useState(false);
  const { prompt, choices } = request;
  const [proceed = texts.proceed, reject = texts.reject] = choices;

  function answer(said: HumanAnswer): void {
    setSent(true);
    void onAnswer(said).finally(() => {
      setSent(false);
    });
  }

  return (
    <section className="agent-question" aria-label={texts.agentAsks}>
      <p dir="auto">{prompt === '' ? texts.agentAsks : prompt}</p>
      <div className="agent-choices">
        <button
          className="button small primary"
          type="button"
          disabled={isSent || isClosed}
          onClick={() => {
            answer({ type: 'proceed', label: proceed });
          }}
        >
          {proceed}
        </button>
        <button
          className="button small"
          type="button"
          disabled={isSent || isClosed}
          onClick={() => {
            answer({ type: 'reject', label: reject });
          }}
        >
          {reject}
        </button>
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== '' && !isClosed) answer(text.trim());
        }}
      >
        <input
          className="field"
          dir="auto"
          aria-label={texts.agentAnswer}
          placeholder={texts.agentAnswerPlaceholder}
          value={text}
          onChange={({ target }) => {
            setText(target.value);
          }}
        />
        <button className="button small" type="submit" disabled={isSent || isClosed || text.trim() === ''}>
          {texts.agentAnswerSend}
        </button>
      </form>
    </section>
  );
}
