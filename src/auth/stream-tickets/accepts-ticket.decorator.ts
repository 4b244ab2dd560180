import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export const ACCEPTS_TICKET = 'tollgate:accepts-ticket';

/** Callers without other credentials may come with a ticket in the address. @param turnParam the parameter of the path that names the turn */
export const AcceptsTicket = (turnParam: string): CustomDecorator => SetMetadata(ACCEPTS_TICKET, turnParam);
