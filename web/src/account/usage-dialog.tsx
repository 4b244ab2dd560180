import { useEffect, useState, type ReactNode } from 'react';
import type { Balance, Transaction, UsageReport } from '@tollgate/client';
import { describeError } from '../i18n/describe-error.js';
import { useLanguage, useTexts } from '../i18n/i18n.js';
import { tollgate } from '../tollgate.js';
import { Dialog } from '../ui/dialog.js';
import { UsageChart } from './usage-chart.js';

const TRANSACTIONS_SHOWN = 8;
const DAY_MS = 86_400_000;
const DAYS_SHOWN = 14;

interface Figures {
  readonly usage: UsageReport;
  readonly transactions: readonly Transaction[];
}

const SIGNS: Readonly<Record<Transaction['kind'], string>> = {
  grant: '+',
  hold: '',
  capture: '−',
  release: '',
  refund: '+',
  adjust: '',
};

interface UsageDialogProps {
  readonly balance: Balance | undefined;
  readonly onClose: () => void;
}

/** Credits by day, and the last movements. */
export function UsageDialog({ balance, onClose }: UsageDialogProps): ReactNode {
  const texts = useTexts();
  const language = useLanguage();
  const [figures, setFigures] = useState<Figures>();
  const [error, setError] = useState<unknown>();

  useEffect(() => {
    const from = new Date(Date.now() - (DAYS_SHOWN - 1) * DAY_MS).toISOString().slice(0, 10);
    Promise.all([
      tollgate.accounting.usage({ from }),
      tollgate.accounting.transactions({ limit: TRANSACTIONS_SHOWN }),
    ]).then(([usage, { data }]) => {
      setFigures({ usage, transactions: data });
    }, setError);
  }, []);

  return (
    <Dialog title={texts.usage} className="usage" onClose={onClose}>
      <p className="figures">
        <strong>{balance?.available ?? '–'}</strong> {texts.creditsAvailable}
        {balance !== undefined && balance.held > 0 && `, ${texts.held(balance.held)}`}
      </p>
      {error !== undefined && <p role="alert">{describeError(error, texts)}</p>}
      {figures !== undefined && (
        <>
          <UsageChart report={figures.usage} />
          <h3>{texts.lastMovements}</h3>
          <table className="movements">
            <tbody>
              {figures.transactions.map(({ id, kind, amount, createdAt, chatflowId, reason }) => (
                <tr key={id}>
                  <td>{texts.movement[kind]}</td>
                  <td>{chatflowId ?? reason ?? ''}</td>
                  <td>
                    {new Date(createdAt).toLocaleString(language, { dateStyle: 'short', timeStyle: 'short' })}
                  </td>
                  <td data-kind={kind}>
                    {SIGNS[kind]}
                    {amount}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </Dialog>
  );
}
