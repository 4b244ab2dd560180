import { randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { AccountsService } from './accounts.service.js';
import { normaliseEmail } from './email.js';

/** 128 random bits in 22 characters: short enough to be copied from a terminal. */
const GENERATED_PASSWORD_BYTES = 16;

/** An account that this start made. */
export interface CreatedAccount {
  readonly email: string;
  /** Only when it was generated just now: its sole appearance, to be printed once. */
  readonly password?: string;
}

/**
 * Makes the accounts that the settings ask for when the application starts: an admin, and outside production a demo user. Where
 * there are no accounts of our own, nothing is made.
 */
@Injectable()
export class AccountBootstrap implements OnApplicationBootstrap {
  private createdDemo: CreatedAccount | undefined;
  private demo: string | undefined;

  constructor(
    private readonly config: AppConfig,
    private readonly accounts: AccountsService,
    private readonly log: StructuredLog,
  ) {}

  /** The demo user, if this start made it; read after the application has started. */
  get created(): CreatedAccount | undefined {
    return this.createdDemo;
  }

  /** The demo user's e-mail, whether or not this start made it; `undefined` where there is none. */
  get demoEmail(): string | undefined {
    return this.demo;
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.auth.ownAccounts) return;
    await this.ensureAdmin();
    await this.ensureDemo();
  }

  private async ensureAdmin(): Promise<void> {
    const { admin } = this.config.accounts;
    if (admin === undefined) return;
    const existing = await this.accounts.find(admin.email);
    if (existing === undefined) {
      await this.accounts.create({ ...admin, roles: ['user', 'admin'] });
    } else if (!existing.roles.includes('admin')) {
      // Whoever registered this address first must not become admin by it.
      this.log.error(
        { userId: existing.id },
        'ADMIN_EMAIL names an account that is not an admin; it stays as it is. Choose another.',
      );
    }
  }

  private async ensureDemo(): Promise<void> {
    const { demo } = this.config.accounts;
    if (demo === undefined) return;
    this.demo = normaliseEmail(demo.email);
    const password = demo.password ?? randomBytes(GENERATED_PASSWORD_BYTES).toString('base64url');
    const existing = await this.accounts.find(demo.email);
    if (existing === undefined) {
      const created = await this.accounts.create({ email: demo.email, password, roles: ['user'] });
      if (created === undefined) return;
      this.createdDemo = { email: created.email, ...(demo.password === undefined ? { password } : {}) };
      return;
    }
    if (demo.password !== undefined) await this.accounts.ensurePassword(existing, demo.password);
    await this.accounts.grantSignupCredits(existing);
  }
}
