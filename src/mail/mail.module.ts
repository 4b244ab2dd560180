import { Global, Module } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Mailer } from './mailer.port.js';
import { NoMailer } from './no-mailer.js';

/** Mail to people. */
@Global()
@Module({
  providers: [
    {
      provide: Mailer,
      inject: [AppConfig],
      useFactory: async ({ mail: { smtp } }: AppConfig): Promise<Mailer> => {
        if (smtp === undefined) return new NoMailer();
        // Loaded only where it is used.
        const { SmtpMailer } = await import('./smtp-mailer.js');
        return new SmtpMailer(smtp);
      },
    },
  ],
  exports: [Mailer],
})
export class MailModule {}
