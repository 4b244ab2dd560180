import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { Balance, Transaction, UsageReport } from '@tollgate/client';
import { Icon } from './icons.js';
import { tollgate } from './tollgate.js';
import { UsageChart } from './usage-chart.js';

const TRANSACTIONS_SHOWN = 8;
const DAY_MS = 86_400_000;
export const DAYS_SHOWN = 14;

interface Figures {
  readonly usage: UsageReport;
  readonly transactions: readonly Transaction[];
}

const KINDS: Readonly<Record<Transaction['kind'], { readonly label: string; readonly sign: string }>> = {
  grant: { label: 'Granted', sign: '+' },
  hold: { label: 'Held', sign: '' },
  capture: { label: 'Charged', sign: '−' },
  release: { label: 'Given back', sign: '' },
  refund: { label: 'Refunded', sign: '+' },
  adjust: { label: 'Adjusted', sign: '' },
};

/** Credits by day, and the last movements. */
export function UsageDialog({
  balance,
  onClose,
}: {
  readonly balance: Balance | undefined;
  readonly onClose: () => void;
}): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [figures, setFigures] = useState<Figures>();
  const [error, setError] = useState<string>();

  useEffect(() => {
    dialog.current?.showModal();
    const from = new Date(Date.now() - (DAYS_SHOWN - 1) * DAY_MS).toISOString().slice(0, 10);
    Promise.all([
      tollgate.accounting.usage({ from }),
      tollgate.accounting.transactions({ limit: TRANSACTIONS_SHOWN }),
    ]).then(
      ([usage, { data }]) => {
        setFigures({ usage, transactions: data });
      },
      (failure: unknown) => {
        setError(failure instanceof Error ? failure.message : String(failure));
      },
    );
  }, []);

  return (
    <dialog ref={dialog} className="card usage" aria-labelledby="usage-title" onClose={onClose}>
      <header>
        <h2 id="usage-title">Usage</h2>
        <button
          className="button icon-only"
          type="button"
          aria-label="Close"
          onClick={() => dialog.current?.close()}
        >
          <Icon name="close" />
        </button>
      </header>
      <p className="figures">
        <strong>{balance?.available ?? '–'}</strong> credits available
        {balance !== undefined && balance.held > 0 && `, ${balance.held} held`}
      </p>
      {error !== undefined && <p role="alert">{error}</p>}
      {figures !== undefined && (
        <>
          <UsageChart report={figures.usage} />
          <h3>Last movements</h3>
          <table className="movements">
            <tbody>
              {figures.transactions.map(({ id, kind, amount, createdAt, chatflowId, reason }) => (
                <tr key={id}>
                  <td>{KINDS[kind].label}</td>
                  <td>{chatflowId ?? reason ?? ''}</td>
                  <td>
                    {new Date(createdAt).toLocaleString([], { dateStyle: 'short', timeStyle: 'short' })}
                  </td>
                  <td data-kind={kind}>
                    {KINDS[kind].sign}
                    {amount}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </dialog>
  );
}
