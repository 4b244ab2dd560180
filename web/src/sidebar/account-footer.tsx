import type { ReactNode } from 'react';
import type { Account } from '../account/use-account.js';
import { useTexts } from '../i18n/i18n.js';
import { Icon } from '../ui/icons.js';

interface AccountFooterProps {
  readonly account: Account;
  readonly onUsage: () => void;
  readonly onSettings: () => void;
  readonly onSignOut: () => void;
}

/** Credits, and who is signed in. */
export function AccountFooter({
  account: { balance, user },
  onUsage,
  onSettings,
  onSignOut,
}: AccountFooterProps): ReactNode {
  const texts = useTexts();
  return (
    <footer>
      <button className="balance" type="button" onClick={onUsage} aria-haspopup="dialog">
        <span>
          <strong data-testid="balance">{balance?.available ?? '–'}</strong> {texts.creditsUnit}
          {balance !== undefined && balance.held > 0 && <em> · {texts.held(balance.held)}</em>}
        </span>
        <span className="link">
          <Icon name="chart" /> {texts.usage}
        </span>
      </button>
      <div className="user">
        <span title={user?.email}>{user?.email ?? user?.userId ?? ''}</span>
        <button
          className="button icon-only"
          type="button"
          aria-label={texts.settings}
          aria-haspopup="dialog"
          onClick={onSettings}
        >
          <Icon name="settings" />
        </button>
        <button className="button icon-only" type="button" aria-label={texts.signOut} onClick={onSignOut}>
          <Icon name="leave" />
        </button>
      </div>
    </footer>
  );
}
