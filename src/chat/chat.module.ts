import { Module, type OnModuleInit } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { AccountingModule } from '../accounting/accounting.module.js';
import { ChatflowsModule } from '../chatflows/chatflows.module.js';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../platform/clock.port.js';
import { Drain } from '../platform/lifecycle/drain.service.js';
import { TurnMetrics } from '../platform/metrics/turn-metrics.service.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { DIALECT_CONTROLLERS, DIALECT_PROVIDERS } from './dialects/dialects.js';
import { InstanceStatus } from '../cluster/instance-status.service.js';
import { MemoryEraser } from './conversations/memory-eraser.service.js';
import { SessionMemory } from './conversations/session-memory.service.js';
import { SessionDeletion } from './history/session-deletion.service.js';
import { EarlierTurns } from './turn/admit/earlier-turns.service.js';
import { SessionOccupancy } from './turn/admit/session-occupancy.service.js';
import { CheckpointSweep } from './turn/own/checkpoint-sweep.service.js';
import { LateOpenings } from './turn/own/late-openings.service.js';
import { ToldTurns } from './turn/own/told-turns.service.js';
import { AuthorityWatch } from './turn/own/authority-watch.service.js';
import { OpenReadings } from './turn/log/open-readings.service.js';
import { ErasedTurns } from './turn/own/erased-turns.service.js';
import { RevokedTurns } from './turn/own/revoked-turns.service.js';
import { TurnWatch } from './turn/own/turn-watch.service.js';
import { ClientCalls } from './conversations/client-calls.service.js';
import { ClientInput } from './client-input/client-input.service.js';
import { SessionTitles } from './titles/session-titles.service.js';
import { HistoryService } from './history/history.service.js';
import { MessageReader } from './history/message-reader.service.js';
import { ATTACHMENT_PROVIDERS } from './attachments/attachments-providers.js';
import { AttachmentUploads } from './uploads/attachment-uploads.service.js';
import { AttachmentsController } from './dialects/attachments/attachments.controller.js';
import { FeedbackController, FeedbackSummaryController } from './dialects/feedback/feedback.controller.js';
import { SearchController } from './dialects/search/search.controller.js';
import { SEARCH_PROVIDERS } from './search/search-providers.js';
import { SessionsController } from './dialects/history/history.controller.js';
import { OpenQuestions } from './turn/admit/open-questions.service.js';
import { AdmissionService } from './turn/admit/admission.service.js';
import { Eligibility } from './turn/admit/eligibility.service.js';
import { TurnHold } from './turn/admit/turn-hold.service.js';
import { TurnOpenings } from './turn/admit/turn-opening.service.js';
import { Leases } from './turn/own/leases.service.js';
import { ChatStreamService } from './turn/chat-stream.service.js';
import { FaultPoints } from '../platform/lifecycle/fault-points.service.js';
import { FlushScheduler } from './turn/log/flush-scheduler.js';
import { Heartbeats } from './turn/log/heartbeats.js';
import { RemoteReaders, RunningStreams } from './turn/log/running-streams.port.js';
import { UnfinishedDeletions } from './turn/own/unfinished-deletions.port.js';
import { AbandonedTurns } from './turn/settle/abandoned-turns.service.js';
import { UnbegunTurns } from './turn/settle/unbegun-turns.service.js';
import { LiveTurns } from './turn/run/live-turns.js';
import { RecoveryService } from './turn/own/recovery.service.js';
import { SettlementService } from './turn/settle/settlement.service.js';
import { StructuredLog } from '../platform/logging/structured-log.port.js';
import { StreamContext } from './turn/log/stream-context.js';
import { TurnDrain } from './turn/own/turn-drain.js';
import { CheckpointService } from './turn/own/checkpoint.service.js';
import { LeaseRenewalService } from './turn/own/lease-renewal.service.js';
import { ChatflowPlaces } from './turn/admit/chatflow-places.service.js';
import { SessionQuota } from './turn/admit/session-quota.service.js';
import { StorageQuota } from './turn/admit/storage-quota.service.js';
import { StoredBytes } from './turn/settle/stored-bytes.service.js';
import { TurnLimits } from './turn/admit/turn-limits.service.js';
import { FollowDrain } from './turn/follow/follow-drain.js';
import { FollowedTurns } from './turn/follow/followed-turns.service.js';
import { TurnFeeds } from './turn/follow/turn-feeds.service.js';
import { TurnReplay } from './turn/follow/turn-replay.service.js';
import { StoredStreams } from './turn/log/stored-streams.service.js';
import { TurnCommands } from './turn/turn-commands.service.js';
import { TurnPlaces } from './turn/admit/turn-places.service.js';
import { SessionEntry } from './turn/admit/session-entry.service.js';
import { UpstreamRoutes } from './turn/run/upstream-routes.service.js';
import { TurnRunner } from './turn/run/turn-runner.service.js';
import { TurnsController } from './dialects/turns/turns.controller.js';

/** Turns, their dialects and their history. */
@Module({
  imports: [AccountingModule, AuthModule, ChatflowsModule, UpstreamModule],
  controllers: [
    ...DIALECT_CONTROLLERS,
    TurnsController,
    FeedbackController,
    FeedbackSummaryController,
    SessionsController,
    SearchController,
    AttachmentsController,
  ],
  providers: [
    ChatStreamService,
    AdmissionService,
    Eligibility,
    TurnHold,
    TurnOpenings,
    Leases,
    TurnLimits,
    SessionQuota,
    StorageQuota,
    StoredBytes,
    ChatflowPlaces,
    TurnPlaces,
    SessionEntry,
    TurnRunner,
    UpstreamRoutes,
    ClientInput,
    ClientCalls,
    OpenQuestions,
    RevokedTurns,
    AuthorityWatch,
    OpenReadings,
    ErasedTurns,
    TurnWatch,
    ToldTurns,
    LateOpenings,
    CheckpointSweep,
    EarlierTurns,
    SessionOccupancy,
    SessionMemory,
    MemoryEraser,
    SessionDeletion,
    SettlementService,
    AbandonedTurns,
    UnbegunTurns,
    RecoveryService,
    { provide: UnfinishedDeletions, useExisting: SessionDeletion },
    CheckpointService,
    LeaseRenewalService,
    StoredStreams,
    TurnReplay,
    FollowedTurns,
    TurnFeeds,
    TurnCommands,
    LiveTurns,
    { provide: RunningStreams, useExisting: LiveTurns },
    { provide: RemoteReaders, useExisting: TurnWatch },
    HistoryService,
    MessageReader,
    ...SEARCH_PROVIDERS,
    ...ATTACHMENT_PROVIDERS,
    AttachmentUploads,
    SessionTitles,
    ...DIALECT_PROVIDERS,
    {
      provide: FaultPoints,
      useFactory: ({ turns }: AppConfig) => new FaultPoints(turns.faultPoint, turns.faultAfter),
      inject: [AppConfig],
    },
    {
      provide: StreamContext,
      useFactory: (
        { turns }: AppConfig,
        clock: Clock,
        metrics: TurnMetrics,
        log: StructuredLog,
        status: InstanceStatus,
      ): StreamContext => ({
        scheduler: new FlushScheduler(),
        heartbeats: new Heartbeats(turns.heartbeatIntervalMs, () => clock.now()),
        heartbeatIntervalMs: turns.heartbeatIntervalMs,
        now: () => clock.now(),
        countReader: (difference) => {
          status.countStreams(difference);
          if (difference > 0) metrics.streamOpened();
          else metrics.streamClosed();
        },
        readerFailed: (error) => log.error({ err: error }, 'A stream could not be written and was dropped'),
      }),
      inject: [AppConfig, Clock, TurnMetrics, StructuredLog, InstanceStatus],
    },
  ],
  exports: [ChatStreamService, HistoryService, MessageReader, SessionDeletion, FaultPoints],
})
export class ChatModule implements OnModuleInit {
  constructor(
    private readonly drain: Drain,
    private readonly turns: LiveTurns,
    private readonly places: ChatflowPlaces,
    private readonly followed: FollowedTurns,
    private readonly status: InstanceStatus,
  ) {}

  onModuleInit(): void {
    this.status.countTurnsBy(() => this.turns.count);
    // First: a turn that waits becomes none any more.
    this.drain.register(this.places);
    this.drain.register(new TurnDrain(this.turns));
    this.drain.register(new FollowDrain(this.followed));
  }
}
