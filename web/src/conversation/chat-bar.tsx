import type { ReactNode } from 'react';
import type { Balance, Chatflow } from '@tollgate/client';
import { useTexts } from '../i18n/i18n.js';
import { Icon } from '../ui/icons.js';

interface ChatBarProps {
  readonly title: string | undefined;
  readonly balance: Balance | undefined;
  readonly chatflows: readonly Chatflow[];
  readonly chatflowId: string;
  /** A conversation stays with its chatflow. */
  readonly isFixed: boolean;
  readonly isMenuOpen: boolean;
  readonly onMenu: () => void;
  readonly onChoose: (chatflowId: string) => void;
}

/** The conversation's title, and whom it asks. */
export function ChatBar(props: ChatBarProps): ReactNode {
  const { title, balance, chatflows, chatflowId, isFixed, isMenuOpen, onMenu, onChoose } = props;
  const texts = useTexts();
  const offered = chatflows.filter(({ id, disabled }) => disabled !== true || id === chatflowId);
  return (
    <header className="bar">
      <button
        className="button icon-only menu"
        type="button"
        aria-label={texts.conversations}
        aria-expanded={isMenuOpen}
        aria-controls="sidebar"
        onClick={onMenu}
      >
        <Icon name="menu" />
      </button>
      <h2 dir="auto">{title ?? texts.newChat}</h2>
      {offered.length > 1 && (
        <select
          aria-label={texts.chatflow}
          value={chatflowId}
          disabled={isFixed}
          onChange={({ target }) => {
            onChoose(target.value);
          }}
        >
          {offered.map(({ id, name, price, disabled }) => (
            <option key={id} value={id}>
              {name} ({disabled === true ? texts.disabled : price.credits})
            </option>
          ))}
          {!chatflows.some(({ id }) => id === chatflowId) && <option value={chatflowId}>{chatflowId}</option>}
        </select>
      )}
      <span className="bar-balance" aria-hidden="true">
        {balance?.available ?? '–'} {texts.creditsUnit}
      </span>
    </header>
  );
}
