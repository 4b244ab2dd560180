import type { ReactNode } from 'react';
import type { Chatflow } from '@tollgate/client';
import { useTexts } from '../i18n/i18n.js';
import { Logo } from '../ui/icons.js';

interface WelcomeProps {
  /** Whom the first question goes to; undefined while that is not known. */
  readonly chatflow: Chatflow | undefined;
  readonly onAsk: (question: string) => void;
}

/** What an empty conversation shows. Examples are known of the built-in assistant alone. */
export function Welcome({ chatflow, onAsk }: WelcomeProps): ReactNode {
  const texts = useTexts();
  const isBuiltIn = chatflow?.provider === 'assistant';
  return (
    <div className="welcome">
      <Logo />
      <h2>{chatflow === undefined || isBuiltIn ? texts.welcome : texts.welcomeTo(chatflow.name)}</h2>
      {isBuiltIn && chatflow.disabled !== true && (
        <ul>
          {texts.examples.map((example) => (
            <li key={example}>
              <button
                className="button"
                type="button"
                lang="en"
                onClick={() => {
                  onAsk(example);
                }}
              >
                {example}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
