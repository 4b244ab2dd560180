import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';

/** A URL's host may have signs that mean something else in a policy: `*`, `;`, `,`. */
const PLAIN = /^https?:\/\/[a-z\d-]+(\.[a-z\d-]+)*(:\d+)?$/;

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
    const origins = ofPage.map(({ issuer }) => new URL(issuer).origin);
    this.current = [...new Set(origins)].filter((origin) => PLAIN.test(origin));
  }

  add(origins: readonly string[]): void {
    const news = origins.filter((origin) => PLAIN.test(origin) && !this.current.includes(origin));
    if (news.length > 0) this.current = [...this.current, ...news];
  }
}
