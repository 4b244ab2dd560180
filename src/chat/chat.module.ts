import { Module, type OnModuleInit } from '@nestjs/common';
import { AccountingModule } from '../accounting/accounting.module.js';
import { ChatflowsModule } from '../chatflows/chatflows.module.js';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../platform/clock.js';
import { newId } from '../platform/ids.js';
import { Drain } from '../platform/lifecycle/drain.js';
import { TurnMetrics } from '../platform/metrics/turn-metrics.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { DIALECT_CONTROLLERS, DIALECT_PROVIDERS } from './dialects/dialects.js';
import { MemoryEraser } from './conversations/memory-eraser.service.js';
import { SessionMemory } from './conversations/session-memory.service.js';
import { SessionDeletion } from './history/session-deletion.service.js';
import { EarlierTurns } from './turn/earlier-turns.service.js';
import { SessionOccupancy } from './turn/session-occupancy.service.js';
import { TurnWatch } from './turn/turn-watch.service.js';
import { HistoryService } from './history/history.service.js';
import { SessionsController } from './history/sessions.controller.js';
import { AdmissionService } from './turn/admission.service.js';
import { ChatStreamService } from './turn/chat-stream.service.js';
import { FaultPoints } from './turn/fault-points.js';
import { FlushScheduler } from './turn/flush-scheduler.js';
import { Heartbeats } from './turn/heartbeats.js';
import { InstanceId } from './turn/instance-id.js';
import { LiveTurns } from './turn/live-turns.js';
import { RecoveryService } from './turn/recovery.service.js';
import { SettlementService } from './turn/settlement.service.js';
import { StructuredLog } from '../platform/logging/structured-log.js';
import { StreamEnvironment } from './turn/stream-environment.js';
import { TurnDrain } from './turn/turn-drain.js';
import { TurnKeeper } from './turn/turn-keeper.service.js';
import { TurnLimits } from './turn/turn-limits.service.js';
import { TurnReplay } from './turn/turn-replay.service.js';
import { TurnRoutes } from './turn/turn-routes.service.js';
import { TurnRunner } from './turn/turn-runner.service.js';
import { TurnsController } from './turn/turns.controller.js';

/** Turns, their dialects and their history. */
@Module({
  imports: [AccountingModule, ChatflowsModule, UpstreamModule],
  controllers: [...DIALECT_CONTROLLERS, TurnsController, SessionsController],
  providers: [
    ChatStreamService,
    AdmissionService,
    TurnLimits,
    TurnRunner,
    TurnRoutes,
    TurnWatch,
    EarlierTurns,
    SessionOccupancy,
    SessionMemory,
    MemoryEraser,
    SessionDeletion,
    SettlementService,
    RecoveryService,
    TurnKeeper,
    TurnReplay,
    LiveTurns,
    HistoryService,
    ...DIALECT_PROVIDERS,
    { provide: InstanceId, useFactory: () => new InstanceId(newId()) },
    {
      provide: FaultPoints,
      useFactory: ({ turns }: AppConfig) => new FaultPoints(turns.faultPoint, turns.faultAfter),
      inject: [AppConfig],
    },
    {
      provide: StreamEnvironment,
      useFactory: (
        { turns }: AppConfig,
        clock: Clock,
        metrics: TurnMetrics,
        log: StructuredLog,
      ): StreamEnvironment => ({
        scheduler: new FlushScheduler(),
        heartbeats: new Heartbeats(turns.heartbeatIntervalMs, () => clock.now()),
        heartbeatIntervalMs: turns.heartbeatIntervalMs,
        now: () => clock.now(),
        countReader: (difference) => (difference > 0 ? metrics.streamOpened() : metrics.streamClosed()),
        readerFailed: (error) => log.error({ err: error }, 'A stream could not be written and was dropped'),
      }),
      inject: [AppConfig, Clock, TurnMetrics, StructuredLog],
    },
  ],
  exports: [ChatStreamService, HistoryService],
})
export class ChatModule implements OnModuleInit {
  constructor(
    private readonly drain: Drain,
    private readonly turns: LiveTurns,
  ) {}

  onModuleInit(): void {
    this.drain.register(new TurnDrain(this.turns));
  }
}
