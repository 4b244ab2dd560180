import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { detailsOf } from '../../audit/audit-details.js';
import { UserExportRequestDto } from './user-export.dto.js';

describe('the reason of an export', () => {
  it.each(['😀'.repeat(150), `a${'x\uFE0F'.repeat(150)}`])(
    'is in the log whole, or refused: %#',
    (reason) => {
      const dto = plainToInstance(UserExportRequestDto, { reason });
      if (validateSync(dto).length > 0) return;
      expect(detailsOf({ reason }, { reason: 'reason' })).toEqual({ reason });
    },
  );
});
