import type { Provider } from '@nestjs/common';
import { AttachmentUpkeep } from './attachment-upkeep.service.js';
import { TurnAttachments } from './turn-attachments.service.js';

/** What keeps the files of questions. */
export const ATTACHMENT_PROVIDERS: Provider[] = [TurnAttachments, AttachmentUpkeep];
