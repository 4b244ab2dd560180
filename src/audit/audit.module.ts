import { Global, Module } from '@nestjs/common';
import { AuditChain } from './audit-chain.service.js';
import { AuditInterceptor } from './audit.interceptor.js';
import { AuditExport } from './audit-export.service.js';
import { AuditFailures } from './audit-failures.service.js';
import { AuditLog } from './audit-log.service.js';
import { AuditVerifier } from './audit-verification.service.js';

/** Who did what to whom. Needs, from global modules: the store. */
@Global()
@Module({
  providers: [AuditLog, AuditFailures, AuditChain, AuditVerifier, AuditExport, AuditInterceptor],
  exports: [AuditLog, AuditFailures, AuditChain, AuditVerifier, AuditExport, AuditInterceptor],
})
export class AuditModule {}
