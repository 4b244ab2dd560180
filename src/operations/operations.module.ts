import { Module } from '@nestjs/common';
import { InstancesController } from './instances.controller.js';

/** What operators look at, beside health and metrics. Needs, from global modules: the stores. */
@Module({ controllers: [InstancesController] })
export class OperationsModule {}
