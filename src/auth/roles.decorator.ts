import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import type { Role } from '../contract/principal.js';

export const REQUIRED_ROLES = 'tollgate:required-roles';

/** Only callers with one of these roles get through the `RolesGuard`; the others get 403 `forbidden`. */
export const Roles = (...roles: Role[]): CustomDecorator => SetMetadata(REQUIRED_ROLES, roles);
