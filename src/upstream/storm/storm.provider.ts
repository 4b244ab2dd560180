import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { ChatProvider, type ProviderCall, type ProviderRequest } from '../chat-provider.port.js';
import type { UpstreamTarget } from '../../contract/provider.js';
import { failedCall } from '../failed-call.js';
import { originOf, resolveAddress } from '../http/upstream-address.js';
import { UpstreamHttp } from '../http/upstream-http.service.js';
import { StormCall } from './storm-call.js';

/** Answers from the documents of a Storm server. */
@Injectable()
export class StormProvider extends ChatProvider {
  readonly name = 'storm';
  /** In its threads. */
  readonly memory = 'kept';

  constructor(
    private readonly config: AppConfig,
    private readonly http: UpstreamHttp,
  ) {
    super();
  }

  originOf(target: UpstreamTarget): string | undefined {
    return originOf(target.baseUrl, this.config.upstream.storm);
  }

  call(request: ProviderRequest, signal: AbortSignal): ProviderCall {
    try {
      const address = resolveAddress(request.target.baseUrl, this.config.upstream.storm);
      return new StormCall(this.http, address, request, signal);
    } catch (error) {
      return failedCall(error);
    }
  }
}
