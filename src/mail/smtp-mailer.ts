import { createTransport } from 'nodemailer';
import type { SmtpConfig } from '../config/app-config.js';
import { MailFailure } from './mail-failure.error.js';
import { Mailer, type Mail } from './mailer.port.js';

/** Of each: the connection, its greeting, and any silence behind that. */
const STEP_TIMEOUT_MS = 10_000;
/** Of a mail in all: a server could say one word every nine seconds. */
const MAIL_TIMEOUT_MS = 30_000;
/** What the server may say at once. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** RFC 5321, section 4.2.1: the same will be answered again. */
const PERMANENT = 500;

interface SmtpError {
  readonly code?: unknown;
  readonly responseCode?: unknown;
}

/** Sends mail by SMTP, each over a connection of its own. */
export class SmtpMailer extends Mailer {
  readonly isOn = true;
  private readonly transport;

  constructor(private readonly config: SmtpConfig) {
    super();
    const { host, port, isTls, needsTls, credentials } = config;
    this.transport = createTransport({
      host,
      port,
      secure: isTls,
      // Without it a server, or whoever stands between, could leave STARTTLS out, and get the password in the clear.
      requireTLS: needsTls,
      ignoreTLS: !needsTls,
      ...(credentials === undefined ? {} : { auth: { user: credentials.user, pass: credentials.password } }),
      tls: { minVersion: 'TLSv1.2' },
      connectionTimeout: STEP_TIMEOUT_MS,
      greetingTimeout: STEP_TIMEOUT_MS,
      dnsTimeout: STEP_TIMEOUT_MS,
      socketTimeout: STEP_TIMEOUT_MS,
      maxResponseSize: MAX_ANSWER_BYTES,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async send({ to, subject, text }: Mail): Promise<void> {
    const { from } = this.config;
    const headers = { 'Auto-Submitted': 'auto-generated' };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new MailFailure('took too long', false));
      }, MAIL_TIMEOUT_MS);
    });
    try {
      // As one address: a text would be read as a list of them.
      const mail = { from, to: { name: '', address: to }, subject, text, headers };
      await Promise.race([this.transport.sendMail(mail), late]);
    } catch (error) {
      throw error instanceof MailFailure ? error : failureOf(error as SmtpError);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The library's own message quotes what the server said, which may name anybody. */
function failureOf({ code, responseCode }: SmtpError): MailFailure {
  const number = typeof responseCode === 'number' ? responseCode : undefined;
  const words = [typeof code === 'string' ? code : 'unknown', number].filter((word) => word !== undefined);
  return new MailFailure(words.join(' '), number !== undefined && number >= PERMANENT);
}
