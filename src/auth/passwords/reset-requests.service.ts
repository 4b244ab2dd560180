import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { AuditFailures } from '../../audit/audit-failures.service.js';
import { AuditLog, type AuditQuestion } from '../../audit/audit-log.service.js';
import { SharedScripts } from '../../cluster/limits/shared-scripts.port.js';
import { AppConfig } from '../../config/app-config.js';
import type { ErrorCode } from '../../contract/error-codes.js';
import { MailFailure } from '../../mail/mail-failure.error.js';
import { Mailer, type Mail } from '../../mail/mailer.port.js';
import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { UserStore } from '../accounts/user.store.port.js';
import { addressBlock } from '../login/address-block.js';
import { AttemptCounts } from '../login/attempt-counts.js';
import type { Origin } from '../login/origin.decorator.js';
import { PasswordResets, resetLink } from './password-resets.service.js';
import { resetMail, type MailLanguage } from './reset-mail.js';

const WINDOW_SECONDS = 3600;
/** From one address (IPv6: one /64) in an hour; beyond it 429. */
export const MAX_RESET_REQUESTS_PER_ADDRESS = 20;
/** To one e-mail in an hour, wherever they were asked for: nobody's mailbox is filled, and beyond it nobody is told. */
export const MAX_RESET_MAILS_PER_EMAIL = 5;
/** Asked for and not looked at yet; beyond it 503. */
export const MAX_WAITING_RESET_REQUESTS = 200;
const OVERLOAD_RETRY_AFTER_SECONDS = 30;
/** Between the attempts to have one mail taken. */
const PAUSES_MS = [1000, 5000] as const;
/** How long an instance that ends waits for the mails that were asked for. */
const LAST_WORDS_MS = 5000;

interface Request {
  readonly email: string;
  readonly origin: Origin;
  readonly language: MailLanguage;
}

/**
 * Sends links with which passwords are set to whoever says that they forgot theirs. All are answered before anything is looked up, so that neither the answer nor
 * its time tells whether there is such an account; what was asked for is done one after the other behind it. What an instance that dies had not sent is lost: it is asked
 * for again.
 */
@Injectable()
export class ResetRequests implements BeforeApplicationShutdown {
  private readonly byAddress: AttemptCounts;
  private readonly byEmail: AttemptCounts;
  private readonly waiting: Request[] = [];
  private readonly closing = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly users: UserStore,
    private readonly resets: PasswordResets,
    private readonly mailer: Mailer,
    private readonly audit: AuditLog,
    private readonly failures: AuditFailures,
    private readonly config: AppConfig,
    private readonly log: StructuredLog,
    scripts: SharedScripts,
  ) {
    const refusal = 'Too many asked for a new password: try again later.';
    const limit = (name: string, attempts: number) =>
      new AttemptCounts({ name, attempts, windowSeconds: WINDOW_SECONDS, refusal }, scripts);
    this.byAddress = limit('reset-requests-of-address', MAX_RESET_REQUESTS_PER_ADDRESS);
    this.byEmail = limit('reset-mails-of-email', MAX_RESET_MAILS_PER_EMAIL);
  }

  /** @throws AppError `forbidden` where no mail is sent; `rate_limited`, `overloaded`: all the same whether there is an account */
  async ask(request: Request): Promise<void> {
    if (!this.mailer.isOn) throw errors.forbidden('No mail is sent here: ask an administrator for a token.');
    try {
      await this.byAddress.count(addressBlock(request.origin.address));
    } catch (error) {
      this.failed(request, 'rate_limited');
      throw error;
    }
    if (this.waiting.length >= MAX_WAITING_RESET_REQUESTS)
      throw errors.tooManyResets(OVERLOAD_RETRY_AFTER_SECONDS);
    this.waiting.push(request);
    this.running ??= this.work();
  }

  async beforeApplicationShutdown(): Promise<void> {
    const late = delay(LAST_WORDS_MS, undefined, { ref: false }).then(() => this.closing.abort());
    await Promise.race([this.running, late]);
    this.closing.abort();
    if (this.waiting.length > 0)
      this.log.warn({ count: this.waiting.length }, 'Links for new passwords were asked for and not sent');
  }

  private async work(): Promise<void> {
    while (!this.closing.signal.aborted) {
      const request = this.waiting.shift();
      if (request === undefined) break;
      await this.serve(request);
    }
    this.running = undefined;
  }

  /** Never rejects. */
  private async serve(request: Request): Promise<void> {
    const { email, origin, language } = request;
    try {
      await this.byEmail.count(email);
      const user = await this.users.findByEmail(email);
      if (user === undefined) return this.failed(request, 'not_found');
      if (user.disabledAt !== undefined) return this.failed(request, 'account_disabled', user.id);
      const { requestId } = origin;
      const question: AuditQuestion = {
        action: 'user.request-reset',
        targetKind: 'user',
        targetId: user.id,
        ...(requestId === undefined ? {} : { requestId }),
      };
      await this.audit.around(question, async () => {
        const { token } = await this.resets.allow(user.id);
        await this.post(resetMail(email, resetLink(this.config.mail.publicUrl ?? '', token), language));
      });
    } catch (error) {
      if (error instanceof AppError && error.code === 'rate_limited') this.failed(request, 'rate_limited');
      else this.log.error({ err: error }, 'A link for a new password could not be sent');
    }
  }

  private async post(mail: Mail): Promise<void> {
    for (const pauseMs of [...PAUSES_MS, undefined]) {
      try {
        await this.mailer.send(mail);
        return;
      } catch (error) {
        const isFinal = error instanceof MailFailure && error.isFinal;
        if (isFinal || pauseMs === undefined) throw error;
        await delay(pauseMs, undefined, { ref: false, signal: this.closing.signal }).catch(() => undefined);
        if (this.closing.signal.aborted) throw error;
      }
    }
  }

  private failed({ origin }: Request, code: ErrorCode, userId?: string): void {
    const about = userId === undefined ? {} : { userId };
    this.failures.note({
      action: 'user.request-reset',
      code,
      ...about,
      address: addressBlock(origin.address),
    });
  }
}
