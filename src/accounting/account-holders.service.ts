import { Injectable } from '@nestjs/common';
import { ExternalNames } from '../auth/directory/external-names.service.js';
import { UserDirectory, type DirectoryEntry } from '../auth/directory/user-directory.port.js';
import { errors } from '../platform/errors/errors.js';

/**
 * Whose account an administrator means: a user's id, or the name of an external issuer's user, which is all that an administrator knows of
 * somebody who has not come yet.
 */
@Injectable()
export class AccountHolders {
  constructor(
    private readonly directory: UserDirectory,
    private readonly names: ExternalNames,
  ) {}

  /** @throws AppError `not_found` */
  async find(name: string): Promise<DirectoryEntry> {
    const found = (await this.directory.find(name)) ?? (await this.external(name, 'find'));
    if (found === undefined) throw errors.notFound('The user');
    return found;
  }

  /**
   * The same; an external issuer's user is made when there is none by that name, so that credits may wait for the first sign-in.
   * @throws AppError `not_found` for a name that no external issuer's user can have
   */
  async ensure(name: string): Promise<DirectoryEntry> {
    const found = (await this.directory.find(name)) ?? (await this.external(name, 'ensure'));
    if (found === undefined) throw errors.notFound('The user');
    return found;
  }

  private async external(name: string, how: 'find' | 'ensure'): Promise<DirectoryEntry | undefined> {
    const identity = this.names.identityOf(name);
    if (identity === undefined) return undefined;
    return how === 'find' ? this.directory.findByIdentity(identity) : this.directory.ensureIdentity(identity);
  }
}
