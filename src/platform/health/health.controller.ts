import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Public } from '../http/public.decorator.js';
import { LivenessDto, ReadinessDto } from './health.dto.js';
import { Readiness } from './readiness.service.js';

@Public()
@ApiTags('Operations')
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @ApiOperation({
    operationId: 'checkLiveness',
    summary: 'Is the process alive?',
    description: 'Answers as long as the event loop turns. Restart the instance when it does not.',
  })
  @ApiOkResponse({ type: LivenessDto })
  live(): LivenessDto {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({
    operationId: 'checkReadiness',
    summary: 'Should this instance get requests?',
    description:
      'Writes to the database, which must have taken it within 2 seconds; asked more often than that it tells the last result. Take the instance out of the balancer while it answers 503.',
  })
  @ApiOkResponse({ type: ReadinessDto })
  @ApiServiceUnavailableResponse({
    type: ReadinessDto,
    description: 'Something is down, or the instance is draining.',
    example: {
      status: 'not_ready',
      lifecycle: 'serving',
      checks: { database: 'down' },
      details: { database: { reason: 'it cannot be reached' } },
    },
  })
  async ready(@Res({ passthrough: true }) response: Response): Promise<ReadinessDto> {
    const { ready, lifecycle, checks, details } = await this.readiness.report();
    response.status(ready ? 200 : 503).setHeader('Cache-Control', 'no-store');
    return {
      status: ready ? 'ready' : 'not_ready',
      lifecycle,
      checks,
      ...(details === undefined ? {} : { details }),
    };
  }
}
