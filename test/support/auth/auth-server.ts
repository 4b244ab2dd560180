import type { AddressInfo } from 'node:net';
import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { UserStore } from '../../../src/auth/accounts/user.store.port.js';
import { ApiKeyStore } from '../../../src/auth/api-keys/api-key.store.port.js';
import { AuthModule } from '../../../src/auth/auth.module.js';
import { AuthenticationGuard } from '../../../src/auth/authentication.guard.js';
import { RolesGuard } from '../../../src/auth/roles.guard.js';
import { SignupCredits } from '../../../src/auth/signup-credits.port.js';
import { RefreshTokenStore } from '../../../src/auth/tokens/refresh-token.store.port.js';
import { ChatflowStore } from '../../../src/chatflows/chatflow.store.port.js';
import { ChatflowsModule } from '../../../src/chatflows/chatflows.module.js';
import { ConfigModule } from '../../../src/config/config.module.js';
import { ProblemFilter } from '../../../src/platform/errors/problem.filter.js';
import { PlatformModule } from '../../../src/platform/platform.module.js';
import { RequestValidationPipe } from '../../../src/platform/validation/validation.pipe.js';
import { MemoryChatflowStore } from '../chatflows/memory-chatflow.store.js';
import { RecordingLog, testConfig } from './auth-fixtures.js';
import { MemoryApiKeyStore } from './memory-api-key.store.js';
import { MemoryRefreshTokenStore } from './memory-refresh-token.store.js';
import { MemoryUserStore } from './memory-user.store.js';
import { RecordingSignupCredits } from './recording-signup-credits.js';

const STORES = [
  { provide: UserStore, useClass: MemoryUserStore },
  { provide: RefreshTokenStore, useClass: MemoryRefreshTokenStore },
  { provide: ApiKeyStore, useClass: MemoryApiKeyStore },
  { provide: ChatflowStore, useClass: MemoryChatflowStore },
  { provide: SignupCredits, useClass: RecordingSignupCredits },
];

@Global()
@Module({ providers: STORES, exports: STORES })
class MemoryStoresModule {}

export interface AuthServer {
  readonly url: string;
  readonly app: NestExpressApplication;
  close(): Promise<void>;
}

export async function startAuthServer(env: Record<string, string> = {}): Promise<AuthServer> {
  const log = new RecordingLog();
  const testing = await Test.createTestingModule({
    imports: [
      ConfigModule.register(testConfig({ JWT_SECRET: 's'.repeat(32), ...env })),
      PlatformModule.register(log),
      MemoryStoresModule,
      AuthModule,
      ChatflowsModule,
    ],
    providers: [
      { provide: APP_GUARD, useExisting: AuthenticationGuard },
      { provide: APP_GUARD, useExisting: RolesGuard },
    ],
  }).compile();
  const app = testing.createNestApplication<NestExpressApplication>({
    logger: false,
    forceCloseConnections: true,
  });
  app.useGlobalPipes(new RequestValidationPipe());
  app.useGlobalFilters(new ProblemFilter(log));
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, app, close: () => app.close() };
}
