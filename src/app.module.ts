import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccountingModule } from './accounting/accounting.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { AuthenticationGuard } from './auth/authentication.guard.js';
import { UserDirectoryModule } from './auth/directory/user-directory.module.js';
import { RolesGuard } from './auth/roles.guard.js';
import { KeyRateGuard } from './auth/api-keys/key-rate.guard.js';
import { ScopesGuard } from './auth/scopes.guard.js';
import { ChatModule } from './chat/chat.module.js';
import { ChatflowsModule } from './chatflows/chatflows.module.js';
import { ClusterModule } from './cluster/cluster.module.js';
import type { AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import type { OpenDatabase } from './persistence/open-database.js';
import { MailModule } from './mail/mail.module.js';
import { PersistenceModule } from './persistence/persistence.module.js';
import type { StructuredLog } from './platform/logging/structured-log.port.js';
import { PlatformModule } from './platform/platform.module.js';
import type { OpenTracing } from './platform/tracing/open-tracing.js';
import { PrivacyModule } from './privacy/privacy.module.js';
import { UpstreamModule } from './upstream/upstream.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { WebModule } from './web/web.module.js';

/** The whole application. */
@Module({})
export class AppModule {
  static register(
    config: AppConfig,
    database: OpenDatabase,
    log: StructuredLog,
    tracing: OpenTracing,
  ): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.register(config),
        PlatformModule.register(log, tracing),
        ClusterModule,
        PersistenceModule.register(database, tracing.tracing.isOn),
        AuditModule,
        MailModule,
        UserDirectoryModule,
        AuthModule,
        AccountingModule.register(config.accounting),
        ChatflowsModule,
        UpstreamModule,
        ChatModule,
        PrivacyModule,
        OperationsModule,
        WebModule,
      ],
      providers: [
        // In this order: rates, scopes and roles are those of whoever the first guard found.
        { provide: APP_GUARD, useExisting: AuthenticationGuard },
        { provide: APP_GUARD, useExisting: KeyRateGuard },
        { provide: APP_GUARD, useExisting: ScopesGuard },
        { provide: APP_GUARD, useExisting: RolesGuard },
      ],
    };
  }
}
