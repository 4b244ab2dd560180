import { Global, Module } from '@nestjs/common';
import { ErasedIdentities } from './erased-identities.service.js';
import { ExternalNames } from './external-names.service.js';
import { StoredUserDirectory } from './stored-user-directory.service.js';
import { RevokedAccess } from './revoked-access.service.js';
import { UserDirectory } from './user-directory.port.js';

/**
 * Who users are. Apart from `AuthModule`, and global, because accounting needs it too, and accounts need accounting for their
 * sign-up credits. Needs, from global modules: `AppConfig`, the platform and the stores.
 */
@Global()
@Module({
  providers: [
    { provide: UserDirectory, useClass: StoredUserDirectory },
    ErasedIdentities,
    ExternalNames,
    RevokedAccess,
  ],
  exports: [UserDirectory, ErasedIdentities, ExternalNames, RevokedAccess],
})
export class UserDirectoryModule {}
