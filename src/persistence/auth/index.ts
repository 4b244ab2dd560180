import type { Provider } from '@nestjs/common';
import type { ModelDefinition } from '@nestjs/mongoose';
import { UserStore } from '../../auth/accounts/user.store.port.js';
import { ApiKeyStore } from '../../auth/api-keys/api-key.store.port.js';
import { ProviderSessionStore } from '../../auth/backchannel/provider-session.store.port.js';
import { UserIdentityStore } from '../../auth/directory/user-identity.store.port.js';
import { StreamTicketStore } from '../../auth/stream-tickets/stream-ticket.store.port.js';
import { RefreshTokenStore } from '../../auth/tokens/refresh-token.store.port.js';
import { API_KEY_MODEL, apiKeySchema } from './api-key.schema.js';
import { MongooseApiKeyStore } from './mongoose-api-key.store.js';
import { MongooseProviderSessionStore } from './mongoose-provider-session.store.js';
import { MongooseRefreshTokenStore } from './mongoose-refresh-token.store.js';
import { MongooseStreamTicketStore } from './mongoose-stream-ticket.store.js';
import { MongooseUserIdentityStore } from './mongoose-user-identity.store.js';
import { MongooseUserStore } from './mongoose-user.store.js';
import { PROVIDER_SESSION_MODEL, providerSessionSchema } from './provider-session.schema.js';
import { REFRESH_TOKEN_MODEL, refreshTokenSchema } from './refresh-token.schema.js';
import { STREAM_TICKET_MODEL, streamTicketSchema } from './stream-ticket.schema.js';
import { USER_IDENTITY_MODEL, userIdentitySchema } from './user-identity.schema.js';
import { USER_MODEL, userSchema } from './user.schema.js';

export const AUTH_MODELS: ModelDefinition[] = [
  { name: USER_MODEL, schema: userSchema },
  { name: USER_IDENTITY_MODEL, schema: userIdentitySchema },
  { name: REFRESH_TOKEN_MODEL, schema: refreshTokenSchema },
  { name: PROVIDER_SESSION_MODEL, schema: providerSessionSchema },
  { name: API_KEY_MODEL, schema: apiKeySchema },
  { name: STREAM_TICKET_MODEL, schema: streamTicketSchema },
];
export const AUTH_STORES: Provider[] = [
  { provide: UserStore, useClass: MongooseUserStore },
  { provide: UserIdentityStore, useClass: MongooseUserIdentityStore },
  { provide: RefreshTokenStore, useClass: MongooseRefreshTokenStore },
  { provide: ProviderSessionStore, useClass: MongooseProviderSessionStore },
  { provide: ApiKeyStore, useClass: MongooseApiKeyStore },
  { provide: StreamTicketStore, useClass: MongooseStreamTicketStore },
];
