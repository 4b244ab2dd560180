import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { StructuredLog } from '../../platform/logging/structured-log.js';
import {
  ChatProvider,
  type ProviderCall,
  type ProviderRequest,
  type UpstreamTarget,
} from '../chat-provider.port.js';
import { failedCall } from '../failed-call.js';
import { originOf, resolveAddress } from '../http/upstream-address.js';
import { UpstreamHttp } from '../http/upstream-http.js';
import { StormCall, type StormSurroundings } from './storm-call.js';
import { ThreadStore } from './thread.store.port.js';

/** Answers from the documents of a Storm server. */
@Injectable()
export class StormProvider extends ChatProvider {
  readonly name = 'storm';
  /** In its threads. */
  readonly keepsHistory = true;
  private readonly around: StormSurroundings;

  constructor(
    private readonly config: AppConfig,
    http: UpstreamHttp,
    threads: ThreadStore,
    log: StructuredLog,
  ) {
    super();
    this.around = { http, threads, log };
  }

  originOf(target: UpstreamTarget): string | undefined {
    return originOf(target.baseUrl, this.config.upstream.storm);
  }

  call(request: ProviderRequest, signal: AbortSignal): ProviderCall {
    try {
      const address = resolveAddress(request.target.baseUrl, this.config.upstream.storm);
      return new StormCall(address, request, this.around, signal);
    } catch (error) {
      return failedCall(error);
    }
  }
}
