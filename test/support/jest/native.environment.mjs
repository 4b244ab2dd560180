import { NodeEnvironment } from './jest-parts.mjs';

/** Set on the real process and the real global by jest, which takes them for those of a context of their own. */
const BORROWED = [
  [globalThis, 'console'],
  [process, 'exit'],
];

/**
 * The environment of `native.runner.mjs`: tests run in Node's own context. What jest and a test file put there goes with the file.
 * With coverage it is jest's usual one, a context per file, because only modules that jest loads are counted; and when jest watches, because what Node has
 * loaded once it keeps, whatever has changed since.
 */
export default class NativeEnvironment extends NodeEnvironment {
  constructor(config, context) {
    super(config, context);
    const { collectCoverage, watch, watchAll } = config.globalConfig;
    this.isNative = !(collectCoverage || watch || watchAll);
    if (!this.isNative) return;
    this.global = globalThis;
    this.borrowed = BORROWED.map(([owner, name]) => [owner, name, owner[name]]);
    this.env = { ...process.env };
    this.getBuiltinModule = process.getBuiltinModule;
  }

  async setup() {
    await super.setup();
    // jest's runtime, which loads nothing here, has replaced it by its own.
    if (this.isNative && this.getBuiltinModule !== undefined)
      process.getBuiltinModule = this.getBuiltinModule;
  }

  async teardown() {
    if (this.isNative) {
      for (const [owner, name, value] of this.borrowed) owner[name] = value;
      for (const name of Object.keys(process.env)) if (!(name in this.env)) delete process.env[name];
      Object.assign(process.env, this.env);
    }
    await super.teardown();
  }
}
