import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';

/**
 * Where the page signs people in, as origins: of the issuers that it is a client of, and of what their discovery documents name besides, as soon as those were read (few
 * providers have their token endpoint at another host).
 */
@Injectable()
export class PageOrigins {
  /** Another list whenever there are others. */
  current: readonly string[];

  constructor(config: AppConfig) {
    const ofPage = config.auth.issuers.filter(({ clientId }) => clientId !== undefined);
    this.current = [...new Set(ofPage.map(({ issuer }) => new URL(issuer).origin))];
  }

  add(origins: readonly string[]): void {
    const news = origins.filter((origin) => !this.current.includes(origin));
    if (news.length > 0) this.current = [...this.current, ...news];
  }
}
