import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { PageFiles } from './page-files.service.js';
import { WebController } from './web.controller.js';

/** Serves the built chat page. */
@Module({ imports: [AuthModule], controllers: [WebController], providers: [PageFiles] })
export class WebModule {}
