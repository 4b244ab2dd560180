import { memo, type ReactNode } from 'react';
import type { Session } from '@tollgate/client';
import { useTexts } from '../i18n/i18n.js';
import { Menu } from '../ui/menu.js';
import type { SessionActions } from './sidebar.js';

interface SessionItemProps extends SessionActions {
  readonly session: Session;
  readonly isCurrent: boolean;
}

/** One conversation in the list, with what can be done to it. */
export const SessionItem = memo(function SessionItem({
  session,
  isCurrent,
  onShow,
  onRename,
  onExport,
  onDelete,
}: SessionItemProps): ReactNode {
  const texts = useTexts();
  const { id, topic, activeTurnId } = session;
  return (
    <li data-current={isCurrent}>
      <button
        type="button"
        dir="auto"
        title={topic}
        aria-current={isCurrent ? 'page' : undefined}
        onClick={() => {
          onShow(id);
        }}
      >
        {topic}
      </button>
      {activeTurnId !== undefined && <span className="running" role="img" aria-label={texts.answering} />}
      <Menu
        label={texts.actionsFor(topic)}
        entries={[
          { icon: 'edit', label: texts.rename, onChoose: () => onRename(session) },
          { icon: 'download', label: texts.exportMarkdown, onChoose: () => onExport(session, 'markdown') },
          { icon: 'download', label: texts.exportJson, onChoose: () => onExport(session, 'json') },
          { icon: 'trash', label: texts.delete, isDanger: true, onChoose: () => onDelete(session) },
        ]}
      />
    </li>
  );
});
