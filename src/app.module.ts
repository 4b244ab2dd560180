import { Module, type DynamicModule } from '@nestjs/common';
import type { AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import type { OpenDatabase } from './persistence/open-database.js';
import { PersistenceModule } from './persistence/persistence.module.js';
import type { StructuredLog } from './platform/logging/structured-log.js';
import { PlatformModule } from './platform/platform.module.js';

/** The whole application. */
@Module({})
export class AppModule {
  static register(config: AppConfig, database: OpenDatabase, log: StructuredLog): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.register(config),
        PlatformModule.register(log),
        PersistenceModule.register(database.uri, config.database),
      ],
    };
  }
}
