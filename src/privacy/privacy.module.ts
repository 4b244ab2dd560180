import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ChatModule } from '../chat/chat.module.js';
import { OwnErasureGate } from './erasure/own-erasure-gate.service.js';
import { UserErasureController } from './erasure/user-erasure.controller.js';
import { UserErasures } from './erasure/user-erasures.service.js';
import { UserRemover } from './erasure/user-remover.service.js';
import { ConversationData } from './export/conversation-data.service.js';
import { DataDownloads } from './export/data-downloads.service.js';
import { OwnDataExportController } from './export/own-data-export.controller.js';
import { UserExportController } from './export/user-export.controller.js';
import { OwnData } from './export/own-data.service.js';
import { Retention } from './retention/retention.service.js';
import { OwnAccountController } from './erasure/own-account.controller.js';

/** What is a user's own: erased, and taken along. Needs, from global modules: `AppConfig`, the platform, the stores and `UserDirectory`. */
@Module({
  imports: [AuthModule, ChatModule],
  // In this order: `me` is no id.
  controllers: [OwnDataExportController, OwnAccountController, UserErasureController, UserExportController],
  providers: [UserErasures, UserRemover, OwnErasureGate, OwnData, ConversationData, DataDownloads, Retention],
})
export class PrivacyModule {}
