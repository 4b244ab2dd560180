import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';

@ApiSchema({ name: 'Liveness' })
export class LivenessDto {
  @ApiProperty({ enum: ['live'], example: 'live' })
  readonly status!: 'live';
}

@ApiSchema({ name: 'Readiness' })
export class ReadinessDto {
  @ApiProperty({ enum: ['ready', 'not_ready'], example: 'ready' })
  readonly status!: 'ready' | 'not_ready';
  @ApiProperty({
    enum: ['serving', 'draining', 'stopped'],
    description:
      '`leaving`: the instance is about to shut down and wants no more requests; `draining`: it finishes its turns and takes no new ones.',
    example: 'serving',
  })
  readonly lifecycle!: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', enum: ['up', 'down'] },
    example: { database: 'up' },
  })
  readonly checks!: Readonly<Record<string, 'up' | 'down'>>;
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'object', additionalProperties: { type: 'string' } },
    description:
      'What is worth knowing besides; the checks alone decide. `database`: why it is down. `upstreams`: the circuits of the upstreams called so far (`closed`, `half-open`, `open`).',
    example: { upstreams: { flowise: 'closed' } },
  })
  readonly details?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}
