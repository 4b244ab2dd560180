export { tearDown as default } from './memory-folder.mjs';
