import { baseUrl, line, oneOf, smtpUrl } from '../schema/kinds.js';
import { concern, setting } from '../schema/setting.js';

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/;

/** A server that takes mail. */
export interface SmtpConfig {
  readonly host: string;
  readonly port: number;
  /** Whether the connection begins with TLS (smtps); else it is begun by STARTTLS. */
  readonly isTls: boolean;
  /** Whether nothing is said without TLS. */
  readonly needsTls: boolean;
  readonly credentials: { readonly user: string; readonly password: string } | undefined;
  readonly from: string;
}

export interface MailConfig {
  /** Unset: no mail is sent. */
  readonly smtp: SmtpConfig | undefined;
  /** Without a trailing slash. */
  readonly publicUrl: string | undefined;
}

export const MAIL = concern({
  title: 'Mail',
  settings: {
    smtpUrl: setting('SMTP_URL', smtpUrl(), {
      secret: true,
      about:
        'The server that takes mail: smtps://user:password@host (port 465) or smtp:// (port 587, begins TLS by STARTTLS). Unset: no mail is sent, and nobody resets a password without an admin.',
    }),
    smtpTls: setting('SMTP_TLS', oneOf(['required', 'off']), {
      default: 'required',
      about:
        'Whether nothing is sent without TLS and a certificate that is good for the host. off is for a relay on this machine.',
    }),
    mailFrom: setting('MAIL_FROM', line('an address, as noreply@example.com or Name <noreply@example.com>'), {
      needs: 'SMTP_URL',
      about: 'Whom mail is from. Required with SMTP_URL.',
    }),
    publicUrl: setting('PUBLIC_URL', baseUrl(), {
      about: 'Where people find the page, for links in mail and of `npm run user`. Required with SMTP_URL.',
    }),
  },
  compose: ({ smtpUrl: url, smtpTls, mailFrom, publicUrl }, { fail }): MailConfig => {
    if (url === undefined) return { smtp: undefined, publicUrl };
    if (mailFrom === undefined) fail('MAIL_FROM', 'is required with SMTP_URL');
    if (publicUrl === undefined) fail('PUBLIC_URL', 'is required with SMTP_URL');
    if (smtpTls === 'off' && url.credentials !== undefined && !url.isTls && !LOOPBACK.test(url.host))
      fail('SMTP_TLS', 'off would send the password in the clear: only to this machine');
    return { smtp: { ...url, needsTls: smtpTls === 'required', from: mailFrom ?? '' }, publicUrl };
  },
});
