import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig, type IssuerConfig } from '../../config/app-config.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { IssuerTokens } from '../tokens/issuer-tokens.js';
import { fetchDiscoveryDocument } from './discovery-document.js';
import { IssuerDiscovery } from './issuer-discovery.js';
import { PageOrigins } from './page-origins.service.js';

/** An external issuer, and how its tokens are verified. */
export interface Issuer {
  readonly config: IssuerConfig;
  readonly tokens: IssuerTokens;
}

/** The external issuers of the settings. */
@Injectable()
export class Issuers implements OnApplicationBootstrap {
  readonly all: readonly Issuer[];
  private readonly discoveries: readonly IssuerDiscovery[];

  constructor(
    config: AppConfig,
    private readonly log: StructuredLog,
    private readonly pageOrigins: PageOrigins,
  ) {
    const discoveries: IssuerDiscovery[] = [];
    this.all = config.auth.issuers.map((issuer) => {
      const { jwksUri } = issuer;
      if (jwksUri !== undefined)
        return { config: issuer, tokens: new IssuerTokens(issuer, () => Promise.resolve(jwksUri)) };
      const discovery = this.discoveryOf(issuer);
      discoveries.push(discovery);
      const locate = async () => (await discovery.document()).jwksUri;
      return { config: issuer, tokens: new IssuerTokens(issuer, locate) };
    });
    this.discoveries = discoveries;
  }

  /** So that the first sign-in need not wait, and operators hear at once of an issuer that is misspelt. The start waits for nobody else's server. */
  onApplicationBootstrap(): void {
    for (const discovery of this.discoveries) discovery.document().catch(() => undefined);
  }

  /** @returns the issuer that names itself so in its tokens */
  named(issuer: unknown): Issuer | undefined {
    return this.all.find(({ config }) => config.issuer === issuer);
  }

  private discoveryOf({ id, issuer, clientId }: IssuerConfig): IssuerDiscovery {
    let isOut = false;
    const fetchDocument = async () => {
      const document = await fetchDiscoveryDocument(issuer);
      if (clientId !== undefined) this.pageOrigins.add(document.clientOrigins);
      return document;
    };
    return new IssuerDiscovery(fetchDocument, {
      reached: () => {
        if (isOut) this.log.info({ issuer: id }, 'The identity provider is reached again');
        isOut = false;
      },
      // Once for each outage: whoever sends its tokens must not fill the log.
      out: (error) => {
        if (!isOut)
          this.log.warn(
            { issuer: id, err: error },
            'The discovery document of an identity provider cannot be used',
          );
        isOut = true;
      },
    });
  }
}
