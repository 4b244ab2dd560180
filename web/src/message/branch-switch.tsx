import type { ReactNode } from 'react';
import type { Siblings } from '@tollgate/client';
import { useTexts } from '../i18n/i18n.js';
import { Icon } from '../ui/icons.js';

interface BranchSwitchProps {
  readonly siblings: Siblings;
  readonly isBusy: boolean;
  readonly onShow: (messageId: string) => Promise<void>;
}

/** ‹ 2/3 ›: walks between the branches that begin here. */
export function BranchSwitch({ siblings, isBusy, onShow }: BranchSwitchProps): ReactNode {
  const texts = useTexts();
  const { index, count, previousId, nextId } = siblings;
  const step = (id: string | undefined, icon: 'left' | 'right', label: string): ReactNode => (
    <button
      className="tool-button"
      type="button"
      aria-label={label}
      title={label}
      disabled={isBusy || id === undefined}
      onClick={() => {
        if (id !== undefined) void onShow(id);
      }}
    >
      <Icon name={icon} />
    </button>
  );
  return (
    <span className="branches" role="group" aria-label={texts.version(index, count)}>
      {step(previousId, 'left', texts.previousVersion)}
      <span aria-hidden="true">
        {index}/{count}
      </span>
      {step(nextId, 'right', texts.nextVersion)}
    </span>
  );
}
