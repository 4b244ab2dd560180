import type { Provider } from '@nestjs/common';
import type { ModelDefinition } from '@nestjs/mongoose';
import { AuditEntryStore } from '../../audit/audit-entry.store.port.js';
import { AUDIT_ENTRY_MODEL, auditEntrySchema } from './audit-entry.schema.js';
import { MongooseAuditEntryStore } from './mongoose-audit-entry.store.js';

export const AUDIT_MODELS: ModelDefinition[] = [{ name: AUDIT_ENTRY_MODEL, schema: auditEntrySchema }];
export const AUDIT_STORES: Provider[] = [{ provide: AuditEntryStore, useClass: MongooseAuditEntryStore }];
