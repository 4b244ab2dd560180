import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { Principal } from '../../contract/principal.js';
import { UserDirectory, type ExternalIdentity } from './user-directory.port.js';

/**
 * What administrators and accounting services call the users of external issuers: where everybody comes from one issuer, what that issuer calls
 * them; else the issuer's `id`, a colon and that, because a subject is only unique within its issuer.
 */
@Injectable()
export class ExternalNames {
  constructor(
    private readonly directory: UserDirectory,
    private readonly config: AppConfig,
  ) {}

  /** @returns `undefined` for accounts of our own and users of an issuer that is not in the settings: they go by our id */
  async nameOf(userId: string): Promise<string | undefined> {
    const identity = await this.directory.identityOf(userId);
    return identity && this.nameIn(identity);
  }

  /** The same of an identity. */
  nameIn({ issuer, subject }: ExternalIdentity): string | undefined {
    if (this.only !== undefined) return subject;
    const known = this.config.auth.issuers.find((one) => one.issuer === issuer);
    return known && `${known.id}:${subject}`;
  }

  /** What a principal says of the identity of an external issuer's user. */
  principalOf(identity: ExternalIdentity): Pick<Principal, 'issuer' | 'subject' | 'externalName'> {
    const externalName = this.nameIn(identity);
    return { ...identity, ...(externalName === undefined ? {} : { externalName }) };
  }

  /** @returns whom the name means; `undefined` when it is none of an external issuer's user */
  identityOf(name: string): ExternalIdentity | undefined {
    if (this.only !== undefined) return { issuer: this.only, subject: name };
    const colon = name.indexOf(':');
    const issuer = this.config.auth.issuers.find(({ id }) => id === name.slice(0, Math.max(colon, 0)));
    const subject = name.slice(colon + 1);
    return issuer === undefined || subject === '' ? undefined : { issuer: issuer.issuer, subject };
  }

  /** The issuer that everybody comes from. */
  private get only(): string | undefined {
    const { ownAccounts, issuers } = this.config.auth;
    return ownAccounts || issuers.length !== 1 ? undefined : issuers[0]?.issuer;
  }
}
