import { lazy, Suspense, type ReactNode } from 'react';
import type { Balance, Session } from '@tollgate/client';
import { DeleteDialog } from '../sidebar/delete-dialog.js';
import { RenameDialog } from '../sidebar/rename-dialog.js';

const UsageDialog = lazy(() =>
  import('../account/usage-dialog.js').then(({ UsageDialog: shown }) => ({ default: shown })),
);
const SettingsDialog = lazy(() =>
  import('../account/settings-dialog.js').then(({ SettingsDialog: shown }) => ({ default: shown })),
);

/** What stands above the page. */
export type OpenDialog =
  { readonly kind: 'usage' | 'settings' } | { readonly kind: 'rename' | 'delete'; readonly session: Session };

interface DialogsProps {
  readonly open: OpenDialog | undefined;
  readonly balance: Balance | undefined;
  readonly onClose: () => void;
  readonly onRenamed: () => void;
  readonly onDeleted: (session: Session) => void;
}

export function Dialogs({ open, balance, onClose, onRenamed, onDeleted }: DialogsProps): ReactNode {
  switch (open?.kind) {
    case undefined:
      return null;
    case 'usage':
      return (
        <Suspense>
          <UsageDialog balance={balance} onClose={onClose} />
        </Suspense>
      );
    case 'settings':
      return (
        <Suspense>
          <SettingsDialog onClose={onClose} />
        </Suspense>
      );
    case 'rename':
      return <RenameDialog session={open.session} onClose={onClose} onRenamed={onRenamed} />;
    case 'delete':
      return (
        <DeleteDialog
          session={open.session}
          onClose={onClose}
          onDeleted={() => {
            onDeleted(open.session);
          }}
        />
      );
  }
}
