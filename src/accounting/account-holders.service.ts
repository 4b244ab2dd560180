import { Injectable } from '@nestjs/common';
import { UserDirectory, type DirectoryEntry } from '../auth/directory/user-directory.port.js';
import { errors } from '../platform/errors/errors.js';

/**
 * Whose account an administrator means: a user's id, or, with an external issuer, what the issuer calls the user, which is all that an
 * administrator knows of somebody who has not come yet.
 */
@Injectable()
export class AccountHolders {
  constructor(private readonly directory: UserDirectory) {}

  /** @throws AppError `not_found` */
  async find(name: string): Promise<DirectoryEntry> {
    const found = (await this.directory.find(name)) ?? (await this.directory.findBySubject(name));
    if (found === undefined) throw errors.notFound('The user');
    return found;
  }

  /**
   * The same; an external issuer's user is made when there is none by that name, so that credits may wait for the first sign-in.
   * @throws AppError `not_found` without an external issuer
   */
  async ensure(name: string): Promise<DirectoryEntry> {
    const found = (await this.directory.find(name)) ?? (await this.directory.ensureSubject(name));
    if (found === undefined) throw errors.notFound('The user');
    return found;
  }
}
