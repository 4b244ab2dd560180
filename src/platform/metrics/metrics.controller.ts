import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, Get, Header, Headers, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Public } from '../http/public.decorator.js';
import { AppConfig } from '../../config/app-config.js';
import { errors } from '../errors/errors.js';
import { ApiProblem } from '../swagger/api-problem.js';
import { MetricsRegistry } from './metrics-registry.service.js';

@Public()
@ApiTags('Operations')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly registry: MetricsRegistry,
    private readonly config: AppConfig,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'readMetrics',
    summary: 'Metrics for Prometheus',
    description:
      'Open unless `METRICS_TOKEN` is set; then send `Authorization: Bearer <METRICS_TOKEN>`. No label names a user; a chatflow is named only by `tollgate_upstream_flow_circuit_state`, for 1000 chatflows at most.',
  })
  @ApiOkResponse({
    description: 'The Prometheus text format.',
    content: {
      'text/plain': {
        schema: { type: 'string' },
        example: 'tollgate_turns_total{outcome="completed",provider="assistant"} 12\n',
      },
    },
  })
  @ApiProblem('unauthenticated')
  async metrics(
    @Headers('authorization') authorization: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    const { metricsToken } = this.config.operations;
    if (metricsToken !== undefined && !isSame(authorization ?? '', `Bearer ${metricsToken}`)) {
      throw errors.unauthenticated('Send the metrics token.');
    }
    response.setHeader('Content-Type', this.registry.contentType);
    return this.registry.text();
  }
}

/** Hashed first, because the comparison in constant time wants equal lengths. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
