import { Module } from '@nestjs/common';
import { PageFiles } from './page-files.js';
import { WebController } from './web.controller.js';

/** Serves the built chat page. */
@Module({ controllers: [WebController], providers: [PageFiles] })
export class WebModule {}
