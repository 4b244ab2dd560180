import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { PROVIDER_NAMES, type ProviderName } from '../../contract/provider.js';
import { CIRCUIT_STATES, type CircuitState } from './circuit.js';
import type { ListedCircuit } from './circuits.service.js';

@ApiSchema({ name: 'UpstreamCircuit' })
export class UpstreamCircuitDto {
  @ApiProperty({ enum: PROVIDER_NAMES, enumName: 'ProviderName', example: 'flowise' })
  readonly provider!: ProviderName;
  @ApiProperty({
    description:
      'The server: the provider’s name for that of the settings, with a hash for one that a chatflow names; as in the metrics and in `/health/ready`.',
    example: 'flowise',
  })
  readonly upstream!: string;
  @ApiPropertyOptional({
    description: 'The chatflow that is left alone by itself; left out for the server’s own circuit.',
    example: 'support',
  })
  readonly chatflowId?: string;
  @ApiProperty({
    enum: CIRCUIT_STATES,
    description:
      '`closed`: calls are made. `open`: none until `nextProbeAt`. `half-open`: a few calls try whether it works again.',
    example: 'open',
  })
  readonly state!: CircuitState;
  @ApiProperty({
    format: 'date-time',
    description: 'When it got into this state, or was first asked.',
    example: '2026-01-31T12:00:00.000Z',
  })
  readonly since!: string;
  @ApiProperty({
    type: 'integer',
    description: 'Turns that have failed in a row.',
    example: 10,
  })
  readonly failures!: number;
  @ApiPropertyOptional({
    format: 'date-time',
    description: 'When an open one lets calls through again.',
    example: '2026-01-31T12:00:05.000Z',
  })
  readonly nextProbeAt?: string;
}

@ApiSchema({ name: 'UpstreamCircuitList' })
export class UpstreamCircuitListDto {
  @ApiProperty({ type: [UpstreamCircuitDto] })
  readonly data!: UpstreamCircuitDto[];
  @ApiProperty({ example: false })
  readonly has_more!: boolean;
  @ApiProperty({ type: String, nullable: true, description: 'There is one page only.', example: null })
  readonly next_cursor!: string | null;
}

export function toCircuitDto({ since, nextProbeAt, ...circuit }: ListedCircuit): UpstreamCircuitDto {
  return {
    ...circuit,
    since: new Date(since).toISOString(),
    ...(nextProbeAt === undefined ? {} : { nextProbeAt: new Date(nextProbeAt).toISOString() }),
  };
}
