import type { AppConfig } from '../../config/app-config.js';

/** Names this process as the owner of its turns; another one after each start. */
export class InstanceId {
  constructor(readonly id: string) {}
}

/** Whether no other process can have turns in the same database: the embedded one serves only the process that started it. */
export function isAlone({ database }: Pick<AppConfig, 'database'>): boolean {
  return database.mongodbUri === undefined;
}
