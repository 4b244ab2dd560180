import type { ReactNode } from 'react';
import { Logo } from './icons.js';

const EXAMPLES = ['Add a task to buy milk', 'What are my tasks?', 'What can you do?'];

/** What an empty conversation shows. */
export function Welcome({ onAsk }: { readonly onAsk: (question: string) => void }): ReactNode {
  return (
    <div className="welcome">
      <Logo />
      <h2>What can I do for you?</h2>
      <ul>
        {EXAMPLES.map((example) => (
          <li key={example}>
            <button
              className="button"
              type="button"
              onClick={() => {
                onAsk(example);
              }}
            >
              {example}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
